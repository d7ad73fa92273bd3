"""What is wrong with a request, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core import errors
from studio.core.language import tr

REQUEST_ERRORS: Mapping[type[errors.StudioError], tuple[str, str]] = {
    errors.InvalidSteps: (
        tr("This number of steps is not possible"),
        tr("“{value}” is not a number of steps. Choose a whole number from {lowest} to {highest}; 20 is a good start."),
    ),
    errors.InvalidBranchStep: (
        tr("A picture cannot branch at this step"),
        tr(
            "Other settings can take over after step {lowest} at the earliest and after step {highest} at the latest, "
            "not after “{value}”. Choose a step between them; a picture of more steps has more of them."
        ),
    ),
    errors.RegionOfAnother: (
        tr("The region belongs to another picture"),
        tr(
            "Only a region of the picture goes on otherwise: what is around it keeps its seed, size, model and number "
            "of steps. Put these back, or take the earlier steps away."
        ),
    ),
    errors.BranchLorasDiffer: (
        tr("A branch keeps the LoRAs of its first steps"),
        tr(
            "A LoRA changes all steps of a picture. The steps before the branch have: {kept:list}; the prompt names: "
            "{named:list}. Let it name the same, with the same weights."
        ),
    ),
    errors.InvalidGuidance: (
        tr("This CFG scale is not possible"),
        tr("“{value}” is not a CFG scale. Choose a number from {lowest:g} to {highest:g}; 5 is a good start."),
    ),
    errors.InvalidGuidanceRescale: (
        tr("This CFG rescale is not possible"),
        tr("“{value}” is not a CFG rescale. Choose a number from {lowest:g} (off) to {highest:g}; 0.7 is usual."),
    ),
    errors.InvalidClipSkip: (
        tr("This CLIP skip is not possible"),
        tr("“{value}” layers cannot be left out. Choose a whole number from {lowest} to {highest}."),
    ),
    errors.InvalidTimestep: (
        tr("This timestep is not possible"),
        tr(
            "“{value}” is not a timestep of the model. Choose a whole number from {lowest} (hardly any noise) to "
            "{highest} (hardly any picture)."
        ),
    ),
    errors.InvalidSeed: (
        tr("This seed is not possible"),
        tr("“{value}” is not a seed. Choose a whole number from 0 to {highest}, or leave it out for a new one."),
    ),
    errors.InvalidSize: (
        tr("This size is not possible"),
        tr(
            "{width} × {height} does not work: both sides must be multiples of {multiple} from {lowest} to {highest} "
            "pixels, for example 128x128."
        ),
    ),
    errors.InvalidBatchSize: (
        tr("This number of pictures is not possible"),
        tr("“{value}” pictures cannot be made at once. Choose a whole number from {lowest} to {highest}."),
    ),
    errors.UnknownScheduler: (
        tr("Unknown sampler"),
        tr("There is no sampler called “{name}”. Choose one of: {known:list}."),
    ),
    errors.ScheduleNotPossible: (
        tr("This schedule does not go with the sampler"),
        tr("{sampler} has no schedule “{schedule}”. Choose one of: {known:list}, or another sampler."),
    ),
    errors.PromptUnusable: (
        tr("This prompt cannot be used"),
        tr("The prompt is {reason}. Change it and try again."),
    ),
    errors.InvalidStrength: (
        tr("This strength is not possible"),
        tr(
            "“{value}” is not a strength. Choose a number from {lowest:g} (hardly changed) to {highest:g} (made anew); "
            "0.6 is a good start."
        ),
    ),
    errors.InvalidMaskSetting: (
        tr("This setting of the mask is not possible"),
        tr("“{value}” is no {name} in pixels. Choose a whole number from {lowest} to {highest}."),
    ),
    errors.MaskUnusable: (
        tr("This mask cannot be used"),
        tr(
            "The mask says what to paint anew, but {reason}. "
            "A mask has the size of its picture, and paint over the part that should change."
        ),
    ),
    errors.SourceUnusable: (
        tr("This picture cannot be started from"),
        tr("The picture does not fit: {reason}. Choose another one, or scale it first."),
    ),
    errors.NoSeedsBetween: (
        tr("This model knows nothing between two seeds"),
        tr(
            "“{checkpoint}” repaints pictures and draws its noise itself. Choose a model that makes pictures "
            "from noise."
        ),
    ),
    errors.SourceRequired: (
        tr("Something is missing for this setting"),
        tr("The {name} has a meaning only with {needed}. Give that too, or leave it out."),
    ),
    errors.UnknownChoice: (
        tr("This choice does not exist"),
        tr("There is no {name} called “{value}”. Choose one of: {known:list}."),
    ),
    errors.GridValuesInvalid: (
        tr("These values are not possible"),
        tr(
            "{axis}: “{part}”: {reason}. Write values such as 1, 2, 5 or 1-10 (+3) or 1-10 [4]; texts with commas "
            "between them."
        ),
    ),
    errors.GridAxisWithoutEffect: (
        tr("All pictures would be the same"),
        tr("{axis}: {reason}. Vary something else, such as the seed or the steps."),
    ),
    errors.GridTooLarge: (
        tr("The grid is too large"),
        tr("It would have {count} pictures, and {most} are possible. Take some values out."),
    ),
    errors.GridAxesUnusable: (
        tr("The grid cannot be made"),
        tr("No grid comes of this: {reason}. Choose one to three different settings to vary."),
    ),
    errors.GridNotFound: (
        tr("Nothing to go on with"),
        tr("Every grid is finished. Make a new one."),
    ),
    errors.InvalidAddonWeight: (
        tr("This weight is not possible"),
        tr(
            "“{value}” is not a weight for “{name}”. Choose a number from {lowest:g} to {highest:g}; 0.8 is a "
            "good start."
        ),
    ),
    errors.AddonMismatch: (
        tr("This add-on does not fit the model"),
        tr(
            "“{name}” was made for {made_for}, and the chosen model is of the family {family}. Choose a model of the "
            "same family, or take the add-on out."
        ),
    ),
    errors.AddonNotFound: (
        tr("This add-on is not installed"),
        tr(
            "There is no {kind:addon} called “{name}”.{similar:similar} Check the spelling, or add it in the model "
            "manager."
        ),
    ),
    errors.AddonUnusable: (
        tr("This add-on cannot be used"),
        tr("“{name}” cannot be used: {reason}. Take it out, or get another file of it."),
    ),
}
