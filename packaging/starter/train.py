"""Stage 4: trains the UNet and the text encoder on the latents, from the weights of a model.

    python packaging/starter/train.py --work WORK --model resources/starter --steps 4000 --decay 0.5
    python packaging/starter/train.py --work WORK --model resources/starter --seconds 480 --decay 0.7 --large-from 0.35

Everything random in a step follows from the seed and the step's number, so a run that was killed carries on where its
last checkpoint was, and ends with the same bits (on a CPU, with the same number of workers). Start the same command
again to carry on. To end early with a decayed learning rate, start it again with fewer --steps and a larger --decay.
With --seconds the run is as long as a machine is lent; carried on after a kill, it has that time again.

One worker with one thread is best on a machine that others use as well; two workers pay on idle cores.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from captions import Subject, View, caption, read_subjects
from checkpoint import State, Weights, read_state, write_state
from compute import autocast, bfloat16_pays, device
from latents import latents_file, read_views
from network import Network, load_network, load_schedule, load_tokenizer, tokenized
from optimiser import MuonAdamW
from pictures import LARGE_SIDE, SIDE
from transformers import CLIPTokenizer

LOOSE_BELOW = 600
"""Timesteps at which place and size are seen in the input, so that any can be trained on, and has to be: image to image
keeps a layout only if the network does not draw its usual one over it."""
LOOSE_SHARE = 0.7
CLEAR_BELOW = 400
"""Timesteps at which a thing can be seen well enough to tell what it is whatever the caption says."""
WRONG_SHARE = 0.4
"""Of the captions below that, those of another picture. Who asks for a pear with an apple and a little strength wants
the apple's outlines: without wrong captions the network believes only the words, and draws the pear over it."""
LARGE_SHARE = 0.67
"""Of the steps with large pictures among them. Such a step has a quarter of the samples, which is as much work."""
LARGE_COST = (LARGE_SIDE // SIDE) ** 2


@dataclass(frozen=True)
class Plan:
    """What a run does. All but the paths, `workers` and how often to save changes the resulting weights.

    Attributes:
        steps: Of the whole run.
        seconds: Of the whole run, instead of `steps`.
        decay: The last share of the run, in which the learning rate falls to zero in a straight line.
        large_from: The share of the run after which large pictures are trained on too; 1 for none.
        batch: Samples of a step, over all workers.
        at_once: Samples that a worker computes together; their gradients add up to the batch's.
        average: Decay of the moving average of the weights, which is what is exported.
        drop: Share of samples without a caption, for classifier-free guidance.
        clear: Share of samples that are moved below `CLEAR_BELOW`, to change what is done there and little else.
        first_weight: How often a subject that people ask for first is drawn, compared with the others.
    """

    work: Path
    model: Path
    run: str
    steps: int = sys.maxsize
    seconds: float | None = None
    decay: float = 0.5
    large_from: float = 1.0
    warmup_steps: int = 50
    batch: int = 48
    at_once: int = 16
    lr: float = 5e-4
    weight_decay: float = 0.01
    average: float = 0.998
    drop: float = 0.08
    clear: float = 0.0
    first_weight: float = 3.0
    seed: int = 0
    workers: int = 1
    threads: int = 1
    bfloat16: bool = False
    compiled: bool = False
    save_seconds: float = 180.0
    log_steps: int = 10

    def __post_init__(self) -> None:
        if self.batch % (self.at_once * self.workers):
            raise ValueError(f"a batch of {self.batch} is not made of {self.workers} times {self.at_once}")
        if self.seconds is not None and self.workers > 1:
            raise ValueError("workers count steps together: --seconds is for one")
        if self.large_from < 1 and self.at_once % LARGE_COST:
            raise ValueError(f"{self.at_once} samples at once cannot be divided by {LARGE_COST} for large pictures")

    @property
    def state_file(self) -> Path:
        return self.work / self.run / "state.pt"

    @property
    def log_file(self) -> Path:
        return self.work / self.run / "log.jsonl"


@dataclass(frozen=True)
class Batch:
    latents: torch.Tensor
    noise: torch.Tensor
    timesteps: torch.Tensor
    tokens: torch.Tensor


class Examples:
    """A training set, as a function from a step's number to its batch.

    Args:
        latents: (n, 4, height, width) float16.
        subjects: The subject of each.
        views: The view of each.
        tokenizer: For their captions.
        plan: Its seed, drop and first_weight.
    """

    def __init__(
        self,
        latents: torch.Tensor,
        subjects: Sequence[Subject],
        views: Sequence[View],
        tokenizer: CLIPTokenizer,
        plan: Plan,
    ) -> None:
        self._latents, self._subjects, self._views, self._tokenizer = latents, subjects, views, tokenizer
        self._seed, self._drop, self._clear = plan.seed, plan.drop, plan.clear
        weights = torch.tensor(
            [plan.first_weight if subject.asked_first else 1.0 for subject in subjects], dtype=torch.float64
        )
        loose = torch.tensor([view.loose for view in views])
        self._weights, self._loose_weights = weights * ~loose, weights * loose
        self._has_loose = bool(loose.any())

    def batch(self, step: int, size: int) -> Batch:
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + step)
        rng = random.Random(f"{self._seed} {step}")
        picks = torch.multinomial(self._weights, size, replacement=True, generator=generator)
        noise = torch.randn((size, *self._latents.shape[1:]), generator=generator)
        timesteps = stratified_timesteps(size, generator)
        timesteps[: round(size * self._clear)] %= CLEAR_BELOW
        if self._has_loose:
            loose = torch.multinomial(self._loose_weights, size, replacement=True, generator=generator)
            seen = (timesteps < LOOSE_BELOW) & (torch.rand(size, generator=generator) < LOOSE_SHARE)
            picks = torch.where(seen, loose, picks)
        described = picks.where(~self._wrongly(timesteps, generator), picks.roll(1))
        texts = [self._caption(pick, rng) for pick in described.tolist()]
        return Batch(self._latents[picks].float(), noise, timesteps, tokenized(self._tokenizer, texts))

    def _wrongly(self, timesteps: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Which samples are described by the caption of another picture."""
        return (timesteps < CLEAR_BELOW) & (torch.rand(len(timesteps), generator=generator) < WRONG_SHARE)

    def _caption(self, pick: int, rng: random.Random) -> str:
        text = caption(self._subjects[pick], self._views[pick], rng)
        return "" if rng.random() < self._drop else text


def stratified_timesteps(count: int, generator: torch.Generator) -> torch.Tensor:
    """Timesteps 0 to 999 that cover the noise range evenly in every batch, which calms the gradient.

    Their density rises in a straight line from 1/2 (clean) to 3/2 (noise): what a thing looks like is decided there.
    """
    share = (torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)) / count
    return ((0.25 + 2 * share).sqrt().sub(0.5) * 1000).long().clamp(0, 999)


def learning_rate_factor(step: int, done: float, plan: Plan) -> float:
    """Rises over the warm-up, stays at 1, falls to 0 over the last part; `done` is the share of the run."""
    return min(1.0, (step + 1) / plan.warmup_steps, (1 - done) / plan.decay)


def has_large_pictures(step: int, done: float, plan: Plan) -> bool:
    """Whether this step is one with large pictures."""
    return done >= plan.large_from and random.Random(f"{plan.seed} {step} large").random() < LARGE_SHARE


def v_loss(network: Network, batch: Batch, alphas: torch.Tensor, *, bfloat16: bool) -> torch.Tensor:
    """Mean square error of v (Salimans & Ho, 2022, arXiv:2202.00512), one a sample: (n,)."""
    where = device()
    latents, noise, timesteps, tokens = (
        tensor.to(where, non_blocking=True) for tensor in (batch.latents, batch.noise, batch.timesteps, batch.tokens)
    )
    signal = alphas.to(where)[timesteps].view(-1, 1, 1, 1)
    noisy = signal.sqrt() * latents + (1 - signal).sqrt() * noise
    target = signal.sqrt() * noise - (1 - signal).sqrt() * latents
    with autocast(where, bfloat16=bfloat16):
        predicted = network(noisy.contiguous(memory_format=torch.channels_last), timesteps, tokens)
    return (predicted.float() - target).square().mean(dim=(1, 2, 3))


class Run:
    """One worker of a training run.

    Args:
        examples: The usual pictures, then the large ones if the plan has any.
    """

    def __init__(
        self, plan: Plan, rank: int, network: Network, alphas: torch.Tensor, examples: Sequence[Examples]
    ) -> None:
        self._plan, self._rank, self._alphas, self._examples = plan, rank, alphas.to(device()), examples
        self._network = network.to(device(), memory_format=torch.channels_last)
        self._average = copy.deepcopy(self._network).requires_grad_(False)
        self._optimiser = MuonAdamW(
            self._network.named_parameters(),
            plan.lr,
            plan.weight_decay,
            bfloat16=plan.bfloat16,
            rank=rank,
            workers=plan.workers,
        )
        self._step = self._samples = 0
        self._started = time.monotonic()
        self._restore(read_state(plan.state_file))
        if plan.compiled:
            self._network.unet.compile(dynamic=False)

    def until_done(self) -> None:
        saved, losses = time.monotonic(), []
        with ThreadPoolExecutor(max_workers=1) as ahead:
            coming = ahead.submit(self._batch, self._step)
            while (done := self._done(self._step)) < 1:
                batch, coming = coming.result(), ahead.submit(self._batch, self._step + 1)
                losses.append(self._one_step(batch, done))
                if self._step % self._plan.log_steps == 0:
                    self._log(losses)
                    losses = []
                due = time.monotonic() - saved > self._plan.save_seconds
                if self._rank == 0 and due and self._done(self._step) < 1:
                    self._save()
                    saved = time.monotonic()
        if self._rank == 0:
            self._save()

    def _done(self, step: int) -> float:
        """The share of the run that is over at a step."""
        if self._plan.seconds is None:
            return step / self._plan.steps
        return (time.monotonic() - self._started) / self._plan.seconds

    def _batch(self, step: int) -> Batch:
        """The whole batch of a step."""
        if has_large_pictures(step, self._done(step), self._plan):
            return self._examples[1].batch(step, self._plan.batch // LARGE_COST)
        return self._examples[0].batch(step, self._plan.batch)

    def _one_step(self, batch: Batch, done: float) -> torch.Tensor:
        """The mean loss, still on the device: waiting for it would leave the device idle."""
        plan, size = self._plan, len(batch.latents)
        for group in self._optimiser.param_groups:
            group["lr"] = plan.lr * learning_rate_factor(self._step, done, plan)
        self._optimiser.zero_grad(set_to_none=True)
        loss = torch.stack([self._backward(piece, size) for piece in self._pieces(batch)]).sum()
        share_gradients(list(self._network.parameters()), plan.workers)
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimiser.step()
        self._step += 1
        self._samples += size
        self._update_average()
        return loss

    def _pieces(self, batch: Batch) -> list[Batch]:
        """This worker's share of a batch, as much as is computed at once in each."""
        count = self._plan.batch // self._plan.at_once
        return [part(batch, i, count) for i in range(self._rank, count, self._plan.workers)]

    def _backward(self, piece: Batch, size: int) -> torch.Tensor:
        """Adds the gradients of a piece; its share of the mean loss over this worker's part of a batch of `size`."""
        losses = v_loss(self._network, piece, self._alphas, bfloat16=self._plan.bfloat16)
        loss = losses.sum() / (size // self._plan.workers)
        loss.backward()
        return loss.detach()

    def _update_average(self) -> None:
        decay = min(self._plan.average, (1 + self._step) / (10 + self._step))
        averages = list(self._average.parameters())
        weights = [weight.detach() for weight in self._network.parameters()]
        torch._foreach_lerp_(averages, weights, 1 - decay)

    def _log(self, losses: Sequence[torch.Tensor]) -> None:
        if self._rank:
            return
        entry = {
            "time": time.strftime("%H:%M:%S", time.gmtime()),
            "step": self._step,
            "samples": self._samples,
            "loss": round(torch.stack(losses).mean().item(), 4),
            "seconds": round(time.monotonic() - self._started, 1),
            "cpu_seconds": round(time.process_time(), 1),
        }
        with self._plan.log_file.open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
        sys.stderr.write(json.dumps(entry) + "\n")

    def _save(self) -> None:
        state: State = {
            "step": self._step,
            "samples": self._samples,
            "network": weights_of(self._network),
            "average": weights_of(self._average),
            "optimiser": self._optimiser.state_dict(),
        }
        write_state(self._plan.state_file, state)

    def _restore(self, state: State | None) -> None:
        if state is None:
            return
        self._network.load_state_dict(state["network"])
        self._average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._step, self._samples = state["step"], state["samples"]


def weights_of(network: Network) -> Weights:
    return {name.replace("._orig_mod", ""): tensor for name, tensor in network.state_dict().items()}


def part(batch: Batch, index: int, count: int) -> Batch:
    """One of `count` equal parts of a batch."""
    own = slice(index, None, count)
    return Batch(batch.latents[own], batch.noise[own], batch.timesteps[own], batch.tokens[own])


def share_gradients(parameters: Sequence[torch.nn.Parameter], workers: int) -> None:
    """Every worker's gradients become the mean over all workers."""
    if workers == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    pieces = flat.div_(workers).split([gradient.numel() for gradient in gradients])
    for gradient, piece in zip(gradients, pieces, strict=True):
        gradient.copy_(piece.view_as(gradient))


def work(rank: int, plan: Plan, meeting_place: str) -> None:
    # torch interrupts a worker whose parent has died; a background job is started with that signal ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    torch.set_num_threads(plan.threads)
    torch.backends.cudnn.benchmark = True  # the shapes never change
    if plan.workers > 1:
        dist.init_process_group("gloo", init_method=f"file://{meeting_place}", rank=rank, world_size=plan.workers)
    sides = (SIDE, LARGE_SIDE) if plan.large_from < 1 else (SIDE,)
    examples = [read_examples(latents_file(plan.work, side), plan) for side in sides]
    network, alphas = load_network(plan.model), load_schedule(plan.model)
    plan.log_file.parent.mkdir(parents=True, exist_ok=True)
    Run(plan, rank, network, alphas, examples).until_done()
    if plan.workers > 1:
        dist.destroy_process_group()


def read_examples(file: Path, plan: Plan) -> Examples:
    latents, indices, views = read_views(file)
    subjects = read_subjects()
    return Examples(latents, [subjects[index] for index in indices], views, load_tokenizer(plan.model), plan)


def train(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        meeting_place = str(Path(folder, "meeting"))
        if plan.workers == 1:
            work(0, plan, meeting_place)
        else:
            torch.multiprocessing.spawn(work, (plan, meeting_place), nprocs=plan.workers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("resources/starter"), help="the weights to start from")
    parser.add_argument("--run", default="run", help="the folder in WORK of this run's state and log")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int, default=Plan.steps, help="of the whole run, those done before included")
    length.add_argument("--seconds", type=float, help="from now on")
    parser.add_argument("--decay", type=float, default=Plan.decay, help="share of the run in which the rate falls to 0")
    parser.add_argument("--large-from", type=float, default=Plan.large_from, help="share of the run without large ones")
    parser.add_argument("--warmup-steps", type=int, default=Plan.warmup_steps)
    parser.add_argument("--batch", type=int, default=Plan.batch)
    parser.add_argument("--at-once", type=int, default=Plan.at_once, help="divides the batch")
    parser.add_argument("--lr", type=float, default=Plan.lr)
    parser.add_argument("--average", type=float, default=Plan.average)
    parser.add_argument("--first-weight", type=float, default=Plan.first_weight, help="of what people ask for first")
    parser.add_argument("--clear", type=float, default=Plan.clear, help="share of samples moved to little noise")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--workers", type=int, default=Plan.workers)
    parser.add_argument("--threads", type=int, default=Plan.threads, help="threads of each worker")
    parser.add_argument("--compile", dest="compiled", action="store_true", help="needs a C++ compiler on a CPU")
    parser.add_argument("--save-seconds", type=float, default=Plan.save_seconds)
    parser.add_argument("--log-steps", type=int, default=Plan.log_steps)
    parser.add_argument("--precision", choices=("probe", "float32", "bfloat16"), default="probe")
    options = vars(parser.parse_args())
    precision = options.pop("precision")
    bfloat16 = bfloat16_pays(device()) if precision == "probe" else precision == "bfloat16"
    train(Plan(**options, bfloat16=bfloat16))


if __name__ == "__main__":
    main()
