"""What a request puts on a loaded model: LoRAs, textual inversions, another VAE, and layers of CLIP left out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.core.addon import Addon, AddonKind, Addons, UsedAddon
from studio.core.errors import InvalidClipSkip
from studio.core.progress import Ignored
from studio.core.request import GenerationRequest, Prompt
from studio.engine.addon_file import AddonHasher
from studio.engine.loader import LoadedCheckpoint
from studio.engine.lora import IdentifiedLora, LoraStack
from studio.engine.textual_inversion import IdentifiedEmbedding, TextualInversions
from studio.engine.vae_choice import VaeChoice


@dataclass(frozen=True, slots=True)
class _TextState:
    """What, besides the prompt, decides its embeddings."""

    loras: tuple[tuple[str, float], ...] = ()
    embeddings: tuple[str, ...] = ()
    clip_skip: int = 0


class ModelAddons:
    """Keeps one loaded model in step with the requests. What no request asks for has no effect on the pixels."""

    def __init__(self, loaded: LoadedCheckpoint) -> None:
        pipeline = loaded.pipeline
        self._model = loaded.model
        self._hasher = AddonHasher()
        self._loras = LoraStack(pipeline)
        self._inversions = TextualInversions(pipeline)
        self._vae = VaeChoice(pipeline)
        self._text: _TextState = _TextState()
        self.prompts = self._model.prompt_encoder(0)
        """Encodes prompts as the model is now."""
        self.used: tuple[UsedAddon, ...] = ()
        """What is on the model now."""

    def put_on(self, request: GenerationRequest) -> None:
        """Exactly the add-ons of this request from now on.

        Raises:
            AddonUnusable: for one that does not fit.
            InvalidClipSkip: for more layers than the text encoder has.
            RuntimeError, MemoryError: torch's own, for want of memory.
        """
        self._check_clip_skip(request.sampling.clip_skip)
        self.used = self._identified(request.addons)
        self._put_on(request.addons, self.used)
        self._use_prompts(_text_state(self.used, request.sampling.clip_skip))

    def encodable(self, request: GenerationRequest) -> GenerationRequest:
        """The request whose prompts have what the tokenizers were taught in place of names."""
        return request.with_stretches(lambda stretch: replace(stretch, prompt=self._encodable(stretch.prompt)))

    def ignored(self, request: GenerationRequest) -> list[Ignored]:
        """What of it the model makes no use of."""
        return self._model.ignored(self.encodable(request).prompt, request.sampling)

    def take_off(self) -> None:
        """Leave the model's parts as they were loaded."""
        self._vae.use(None, "")
        self._inversions.put_on(())
        self._loras.take_off()

    def _encodable(self, prompt: Prompt) -> Prompt:
        return Prompt(*(self._inversions.encodable(text) for text in (prompt.text, prompt.negative)))

    def _put_on(self, addons: Addons, used: tuple[UsedAddon, ...]) -> None:
        shas = {(addon.kind, addon.name): addon.sha256 for addon in used}
        self._vae.use(addons.vae, shas.get((AddonKind.VAE, addons.vae.name), "") if addons.vae else "")
        self._inversions.put_on(
            [IdentifiedEmbedding(addon, shas[AddonKind.TEXTUAL_INVERSION, addon.name]) for addon in addons.embeddings]
        )
        self._loras.put_on([IdentifiedLora(use, shas[AddonKind.LORA, use.lora.name]) for use in addons.loras])

    def _identified(self, addons: Addons) -> tuple[UsedAddon, ...]:
        vaes = () if addons.vae is None else (addons.vae,)
        return (
            *(self._used(use.lora, use.weight, use.text_encoder_weight) for use in addons.loras),
            *(self._used(addon) for addon in (*addons.embeddings, *vaes)),
        )

    def _used(self, addon: Addon, weight: float = 1.0, text_encoder_weight: float = 1.0) -> UsedAddon:
        hashes = self._hasher.hashes(addon)
        return UsedAddon(addon.kind, addon.name, hashes.sha256, hashes.tensors_sha256, weight, text_encoder_weight)

    def _use_prompts(self, state: _TextState) -> None:
        """Another encoder with every change: the old one remembers what is no longer so."""
        if state != self._text:
            self.prompts = self._model.prompt_encoder(state.clip_skip)
            self._text = state

    def _check_clip_skip(self, clip_skip: int) -> None:
        layers = self._model.clip_layers
        if clip_skip > layers > 0:
            raise InvalidClipSkip(clip_skip, 0, layers)


def _text_state(used: tuple[UsedAddon, ...], clip_skip: int) -> _TextState:
    loras = [addon for addon in used if addon.kind is AddonKind.LORA]
    return _TextState(
        loras=tuple((lora.sha256, lora.text_encoder_weight) for lora in loras),
        embeddings=tuple(addon.sha256 for addon in used if addon.kind is AddonKind.TEXTUAL_INVERSION),
        clip_skip=clip_skip,
    )
