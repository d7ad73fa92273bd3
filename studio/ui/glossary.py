"""What every control does, in a newcomer's words: for tooltips, help cards and screen readers."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.language import tr


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
    tr("What to draw"),
    tr("prompt"),
    tr("Say in a few plain words what should be in the picture."),
    tr(
        "The model learned from pictures with captions, so write like a caption: the thing, its colour, where it is. "
        "What comes first counts most. An empty prompt is allowed: the model then dreams freely."
    ),
    (("prompt_plain.png", tr("a car")), ("prompt_rich.png", tr("a yellow car on a green background"))),
)
NEGATIVE = Entry(
    tr("What should not be there"),
    tr("negative prompt"),
    tr("Name things the picture should stay away from. May be empty."),
    tr(
        "At every step the model makes two guesses, one for each text, and moves from the second towards the first. "
        "It works only while CFG scale is above 1."
    ),
    (("negative_without.png", tr("a balloon")), ("negative_with.png", tr("a balloon, without “red”"))),
)
STEPS = Entry(
    tr("How often to refine"),
    tr("steps"),
    tr("How many times the model removes some noise. 20 is good; more takes longer and soon changes little."),
    tr(
        "A picture begins as static. Each step removes a part of the noise that the model thinks it sees. "
        "With very few steps the result stays blurry, beyond 30 it hardly changes."
    ),
    (("steps_few.png", tr("2 steps")), ("steps_many.png", tr("20 steps"))),
)
GUIDANCE = Entry(
    tr("How strictly to follow the prompt"),
    tr("CFG scale"),
    tr("Low: freer and softer. High: closer to your words, with harder colours. 5 is a good start."),
    tr(
        "CFG means classifier-free guidance: the difference between a guess with your prompt and one without it is "
        "multiplied by this number. At 1 the negative prompt is not used."
    ),
    (("cfg_low.png", tr("CFG 1")), ("cfg_high.png", tr("CFG 7"))),
)
SEED = Entry(
    tr("Which noise to start from"),
    tr("seed"),
    tr("The number that decides the starting noise. The same seed and settings give the same picture again."),
    tr(
        "Empty or -1 means a new seed for every picture. Switch on Keep to hold one seed while you change something "
        "else: that shows best what a setting does."
    ),
    (("seed_a.png", tr("seed 4")), ("seed_b.png", tr("seed 5"))),
)
KEEP_SEED = Entry(
    tr("Keep the seed"),
    tr("fixed seed"),
    tr("Use the same seed for the next picture, so that only your change makes a difference."),
    tr("Without it every press of the button starts from fresh noise."),
)
DICE = Entry(
    tr("New seed"),
    tr("random seed"),
    tr("Roll the dice: pick another seed now."),
    tr("The dice picks one of four billion short numbers; any number up to 18 446 744 073 709 551 615 can be typed."),
)
SIZE = Entry(
    tr("How large"),
    tr("size"),
    tr("Width and height in pixels, multiples of 8. Models draw best at the size they learned from."),
    tr(
        "The model works on a small latent picture: one of its cells becomes 8 × 8 pixels. At sizes it has not seen, "
        "things tend to appear twice or fall apart. You can type any size such as 160x96."
    ),
    (("size_best.png", tr("256 × 256, its best")), ("size_wide.png", "384 × 192")),
)
SAMPLER = Entry(
    tr("The way the noise is removed"),
    tr("sampler"),
    tr("The recipe for each step. DPM++ 2M is good with 20 steps; Euler a varies more; LCM needs a model made for it."),
    tr(
        "All samplers solve the same equation. They differ in how far they get in few steps and in whether they add "
        "fresh noise on the way: Euler a does, so its picture keeps changing with more steps."
    ),
    (("sampler_dpm.png", tr("DPM++ 2M, 8 steps")), ("sampler_euler_a.png", tr("Euler a, 8 steps"))),
)
MODEL = Entry(
    tr("Who draws"),
    tr("model"),
    tr("The network that makes the picture. Each has its own style, best size and needs."),
    tr(
        "A model learned from millions of pictures what words look like. Models of one family work alike; what you set "
        "for one is kept while you try another."
    ),
)
SCHEDULE = Entry(
    tr("How the noise is shared out"),
    tr("schedule"),
    tr("Which noise levels the steps stop at. Automatic is as the sampler and the model want it."),
    tr(
        "Karras and exponential spend more of the steps on fine detail, beta on both ends, SGM uniform goes evenly "
        "down. With 10 steps the difference is easy to see, with 40 hardly."
    ),
)
RESCALE = Entry(
    tr("Take back hard contrast"),
    tr("CFG rescale"),
    tr("Softens what a high CFG scale does to colours and contrast. 0 is off, 0.7 is usual where it is needed."),
    tr(
        "The guess with guidance is scaled so that its contrast is that of the guess without, as far as you set here. "
        "It helps most with models that predict v, whose pictures else turn grey or glaring."
    ),
)
CLIP_SKIP = Entry(
    tr("Read the prompt less finely"),
    tr("clip skip"),
    tr("How many of the text encoder's last layers are left out. Some drawing models were trained with 1."),
    tr(
        "The last layers sum the words up, the ones before them keep more of their mood. Other programs count from 1: "
        "their clip skip 2 is 1 here."
    ),
)
VAE = Entry(
    tr("Who turns the latent into pixels"),
    tr("VAE"),
    tr("The part that decodes the finished latent. Another one can give cleaner eyes, text and colours."),
    tr("A model brings its own. Put others into the folder “vae” among your models; they must fit the model's family."),
)
HISTORY = Entry(
    tr("Prompts you used"),
    tr("prompt history"),
    tr("Find a prompt you made pictures with, and use it again."),
    tr("Each prompt is kept once, the newest first, on this computer only. Shift+Del forgets one."),
)
STYLES = Entry(
    tr("Styles around the prompt"),
    tr("styles"),
    tr("Texts that are put around what you type, such as “watercolour painting of {prompt}”."),
    tr(
        "Tick as many as you like: each is put around what the ones before it made. What will be sent stands below the "
        "prompt."
    ),
)
GRID = Entry(
    tr("Compare settings in a grid"),
    tr("X/Y/Z plot"),
    tr("Make a picture for each value of one to three settings, side by side."),
    tr(
        "Everything else stays as it is on the left. 1-10 (+3) stands for 1, 4, 7, 10, and 1-10 [4] for four numbers, "
        "evenly spread. Words of the prompt: the first is looked for, and replaced by each of them."
    ),
)
BATCH = Entry(
    tr("How many pictures"),
    tr("batch count"),
    tr("Make several pictures in a row, each from the next seed."),
    tr("Picture 2 has the seed of picture 1 plus one, and so on: each of them can be made again alone."),
)
MAKE = Entry(
    tr("Make a picture"),
    tr("generate"),
    tr("Start. While one picture is being made, the next ones wait in the queue."),
    tr("Nothing leaves your computer: the picture is made here."),
)

VARY = Entry(
    tr("Vary this picture"),
    tr("image to image"),
    tr("Make a new picture that starts from this one. Strength says how much may change."),
    tr("Noise is added to the picture on the canvas, and the model removes it again in its own way."),
)
REPAINT = Entry(
    tr("Repaint the mask"),
    tr("inpainting"),
    tr("Make only the painted part anew; the rest stays as it is, pixel for pixel."),
    tr(
        "The model sees the surroundings and fits the new part into them. What you get are suggestions: nothing is "
        "changed until you accept one."
    ),
)
EXTEND = Entry(
    tr("Extend the picture"),
    tr("outpainting"),
    tr("Make what lies beyond the old edge."),
    tr("The new part begins with the colours of the edge, spread outwards; then the model paints it."),
)
STRENGTH = Entry(
    tr("How much to change"),
    tr("strength"),
    tr("0.3 keeps the layout, 0.8 only hints at it. At 1 the picture under it hardly matters."),
    tr("So much noise is added to the picture, and so many of the steps are run: at 0.5, half of them."),
)
FIT = Entry(
    tr("How it is fitted to the size"),
    tr("fit"),
    tr(
        "What happens when the picture has another shape than the size below: cut off its sides, add to "
        "them, or stretch."
    ),
    tr("The model works at its own size. The dashed frame on the canvas shows what it sees of your picture."),
)
RESTORE_SIZE = Entry(
    tr("Keep its size"),
    tr("restore size"),
    tr("Put the result back at the size of the start picture. It is enlarged for that, which makes it softer."),
    tr("Without it the result has the size that is set below."),
)
AREA = Entry(
    tr("What the model sees"),
    tr("inpaint area"),
    tr("Only the mask: small things are made large and in detail. Whole picture: it sees everything, in less detail."),
    tr("With “Only the mask” the part around it is cut out, scaled to the size below, repainted and put back."),
)
MASKED_CONTENT = Entry(
    tr("What is under the mask"),
    tr("masked content"),
    tr("What it starts from: what is there now, the colours around it, or pure noise."),
    tr(
        "“What is there” keeps shapes at low strength. “Colours around” is good for taking something away. “Noise” "
        "gives the most freedom."
    ),
)
MASK_PADDING = Entry(
    tr("How much around it"),
    tr("padding"),
    tr("How many pixels around the mask the model sees as well. More helps it to fit in, less gives more detail."),
    tr("Only with “Only the mask”."),
)
MASK_BLUR = Entry(
    tr("How soft its edge is"),
    tr("mask blur"),
    tr("How many pixels beyond the mask the new part fades into the old one."),
    tr("Beyond that every pixel stays exactly as it was."),
)
MASK_GROW = Entry(
    tr("How much wider"),
    tr("mask grow"),
    tr("Makes the mask wider on all sides before it is used, so that no rim of the old thing is left."),
    tr("In pixels of the picture."),
)
