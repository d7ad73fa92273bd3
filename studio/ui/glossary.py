"""What every control does, in a newcomer's words: for tooltips, help cards and screen readers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """`name` is the plain name, `term` the field's word for it (may be empty), `sentence` fits into a tooltip."""

    name: str
    term: str
    sentence: str
    more: str
    pictures: tuple[tuple[str, str], ...] = ()
    """(file below resources/guide, caption): examples made by the bundled model."""

    @property
    def title(self) -> str:
        return f"{self.name} ({self.term})" if self.term else self.name


PROMPT = Entry(
    "What to draw",
    "prompt",
    "Say in a few plain words what should be in the picture.",
    "The model learned from pictures with captions, so write like a caption: the thing, its colour, where it is. "
    "What comes first counts most. An empty prompt is allowed: the model then dreams freely.",
    (("prompt_plain.png", "a car"), ("prompt_rich.png", "a yellow car on a green background")),
)
NEGATIVE = Entry(
    "What should not be there",
    "negative prompt",
    "Name things the picture should stay away from. May be empty.",
    "At every step the model makes two guesses, one for each text, and moves from the second towards the first. "
    "It works only while CFG scale is above 1.",
    (("negative_without.png", "a balloon"), ("negative_with.png", "a balloon, without “red”")),
)
STEPS = Entry(
    "How often to refine",
    "steps",
    "How many times the model removes some noise. 20 is good; more takes longer and soon changes little.",
    "A picture begins as static. Each step removes a part of the noise that the model thinks it sees. "
    "With very few steps the result stays blurry, beyond 30 it hardly changes.",
    (("steps_few.png", "2 steps"), ("steps_many.png", "20 steps")),
)
GUIDANCE = Entry(
    "How strictly to follow the prompt",
    "CFG scale",
    "Low: freer and softer. High: closer to your words, with harder colours. 5 is a good start.",
    "CFG means classifier-free guidance: the difference between a guess with your prompt and one without it is "
    "multiplied by this number. At 1 the negative prompt is not used.",
    (("cfg_low.png", "CFG 1"), ("cfg_high.png", "CFG 7")),
)
SEED = Entry(
    "Which noise to start from",
    "seed",
    "The number that decides the starting noise. The same seed and settings give the same picture again.",
    "Empty or -1 means a new seed for every picture. Switch on Keep to hold one seed while you change something else: "
    "that shows best what a setting does.",
    (("seed_a.png", "seed 4"), ("seed_b.png", "seed 5")),
)
KEEP_SEED = Entry(
    "Keep the seed",
    "fixed seed",
    "Use the same seed for the next picture, so that only your change makes a difference.",
    "Without it every press of the button starts from fresh noise.",
)
DICE = Entry(
    "New seed",
    "random seed",
    "Roll the dice: pick another seed now.",
    "The dice picks one of four billion short numbers; any number up to 18 446 744 073 709 551 615 can be typed.",
)
SIZE = Entry(
    "How large",
    "size",
    "Width and height in pixels, multiples of 8. Models draw best at the size they learned from.",
    "The model works on a small latent picture: one of its cells becomes 8 × 8 pixels. At sizes it has not seen, "
    "things tend to appear twice or fall apart. You can type any size such as 160x96.",
    (("size_best.png", "256 × 256, its best"), ("size_wide.png", "384 × 192")),
)
SAMPLER = Entry(
    "The way the noise is removed",
    "sampler",
    "The recipe for each step. DPM++ 2M is good with 20 steps; Euler a varies more; LCM needs a model made for it.",
    "All samplers solve the same equation. They differ in how far they get in few steps and in whether they add fresh "
    "noise on the way: Euler a does, so its picture keeps changing with more steps.",
    (("sampler_dpm.png", "DPM++ 2M, 8 steps"), ("sampler_euler_a.png", "Euler a, 8 steps")),
)
MODEL = Entry(
    "Who draws",
    "model",
    "The network that makes the picture. Each has its own style, best size and needs.",
    "A model learned from millions of pictures what words look like. Models of one family work alike; what you set "
    "for one is kept while you try another.",
)
SCHEDULE = Entry(
    "How the noise is shared out",
    "schedule",
    "Which noise levels the steps stop at. Automatic is as the sampler and the model want it.",
    "Karras and exponential spend more of the steps on fine detail, beta on both ends, SGM uniform goes evenly down. "
    "With 10 steps the difference is easy to see, with 40 hardly.",
)
RESCALE = Entry(
    "Take back hard contrast",
    "CFG rescale",
    "Softens what a high CFG scale does to colours and contrast. 0 is off, 0.7 is usual where it is needed.",
    "The guess with guidance is scaled so that its contrast is that of the guess without, as far as you set here. It "
    "helps most with models that predict v, whose pictures else turn grey or glaring.",
)
CLIP_SKIP = Entry(
    "Read the prompt less finely",
    "clip skip",
    "How many of the text encoder's last layers are left out. Some drawing models were trained with 1.",
    "The last layers sum the words up, the ones before them keep more of their mood. Other programs count from 1: "
    "their clip skip 2 is 1 here.",
)
VAE = Entry(
    "Who turns the latent into pixels",
    "VAE",
    "The part that decodes the finished latent. Another one can give cleaner eyes, text and colours.",
    "A model brings its own. Put others into the folder “vae” among your models; they must fit the model's family.",
)
HISTORY = Entry(
    "Prompts you used",
    "prompt history",
    "Find a prompt you made pictures with, and use it again.",
    "Each prompt is kept once, the newest first, on this computer only. Shift+Del forgets one.",
)
STYLES = Entry(
    "Styles around the prompt",
    "styles",
    "Texts that are put around what you type, such as “watercolour painting of {prompt}”.",
    "Tick as many as you like: each is put around what the ones before it made. What will be sent stands below the "
    "prompt.",
)
GRID = Entry(
    "Compare settings in a grid",
    "X/Y/Z plot",
    "Make a picture for each value of one to three settings, side by side.",
    "Everything else stays as it is on the left. 1-10 (+3) stands for 1, 4, 7, 10, and 1-10 [4] for four numbers, "
    "evenly spread. Words of the prompt: the first is looked for, and replaced by each of them.",
)
BATCH = Entry(
    "How many pictures",
    "batch count",
    "Make several pictures in a row, each from the next seed.",
    "Picture 2 has the seed of picture 1 plus one, and so on: each of them can be made again alone.",
)
MAKE = Entry(
    "Make a picture",
    "generate",
    "Start. While one picture is being made, the next ones wait in the queue.",
    "Nothing leaves your computer: the picture is made here.",
)

VARY = Entry(
    "Vary this picture",
    "image to image",
    "Make a new picture that starts from this one. Strength says how much may change.",
    "Noise is added to the picture on the canvas, and the model removes it again in its own way.",
)
REPAINT = Entry(
    "Repaint the mask",
    "inpainting",
    "Make only the painted part anew; the rest stays as it is, pixel for pixel.",
    "The model sees the surroundings and fits the new part into them. What you get are suggestions: nothing is changed "
    "until you accept one.",
)
EXTEND = Entry(
    "Extend the picture",
    "outpainting",
    "Make what lies beyond the old edge.",
    "The new part begins with the colours of the edge, spread outwards; then the model paints it.",
)
STRENGTH = Entry(
    "How much to change",
    "strength",
    "0.3 keeps the layout, 0.8 only hints at it. At 1 the picture under it hardly matters.",
    "So much noise is added to the picture, and so many of the steps are run: at 0.5, half of them.",
)
FIT = Entry(
    "How it is fitted to the size",
    "fit",
    "What happens when the picture has another shape than the size below: cut off its sides, add to them, or stretch.",
    "The model works at its own size. The dashed frame on the canvas shows what it sees of your picture.",
)
RESTORE_SIZE = Entry(
    "Keep its size",
    "restore size",
    "Put the result back at the size of the start picture. It is enlarged for that, which makes it softer.",
    "Without it the result has the size that is set below.",
)
AREA = Entry(
    "What the model sees",
    "inpaint area",
    "Only the mask: small things are made large and in detail. Whole picture: it sees everything, in less detail.",
    "With “Only the mask” the part around it is cut out, scaled to the size below, repainted and put back.",
)
MASKED_CONTENT = Entry(
    "What is under the mask",
    "masked content",
    "What it starts from: what is there now, the colours around it, or pure noise.",
    "“What is there” keeps shapes at low strength. “Colours around” is good for taking something away. “Noise” gives "
    "the most freedom.",
)
MASK_PADDING = Entry(
    "How much around it",
    "padding",
    "How many pixels around the mask the model sees as well. More helps it to fit in, less gives more detail.",
    "Only with “Only the mask”.",
)
MASK_BLUR = Entry(
    "How soft its edge is",
    "mask blur",
    "How many pixels beyond the mask the new part fades into the old one.",
    "Beyond that every pixel stays exactly as it was.",
)
MASK_GROW = Entry(
    "How much wider",
    "mask grow",
    "Makes the mask wider on all sides before it is used, so that no rim of the old thing is left.",
    "In pixels of the picture.",
)
