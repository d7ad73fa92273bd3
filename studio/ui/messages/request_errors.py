"""What is wrong with a request, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core import errors

REQUEST_ERRORS: Mapping[type[errors.StudioError], tuple[str, str]] = {
    errors.InvalidSteps: (
        "This number of steps is not possible",
        "“{value}” is not a number of steps. Choose a whole number from {lowest} to {highest}; 20 is a good start.",
    ),
    errors.InvalidBranchStep: (
        "A picture cannot branch at this step",
        "Other settings can take over after step {lowest} at the earliest and after step {highest} at the latest, not "
        "after “{value}”. Choose a step between them; a picture of more steps has more of them.",
    ),
    errors.BranchLorasDiffer: (
        "A branch keeps the LoRAs of its first steps",
        "A LoRA changes all steps of a picture. The steps before the branch have: {kept:list}; the prompt names: "
        "{named:list}. Let it name the same, with the same weights.",
    ),
    errors.InvalidGuidance: (
        "This CFG scale is not possible",
        "“{value}” is not a CFG scale. Choose a number from {lowest:g} to {highest:g}; 5 is a good start.",
    ),
    errors.InvalidGuidanceRescale: (
        "This CFG rescale is not possible",
        "“{value}” is not a CFG rescale. Choose a number from {lowest:g} (off) to {highest:g}; 0.7 is usual.",
    ),
    errors.InvalidClipSkip: (
        "This CLIP skip is not possible",
        "“{value}” layers cannot be left out. Choose a whole number from {lowest} to {highest}.",
    ),
    errors.InvalidTimestep: (
        "This timestep is not possible",
        "“{value}” is not a timestep of the model. Choose a whole number from {lowest} (hardly any noise) to {highest} "
        "(hardly any picture).",
    ),
    errors.InvalidSeed: (
        "This seed is not possible",
        "“{value}” is not a seed. Choose a whole number from 0 to {highest}, or leave it out for a new one.",
    ),
    errors.InvalidSize: (
        "This size is not possible",
        "{width} × {height} does not work: both sides must be multiples of {multiple} from {lowest} to {highest} "
        "pixels, for example 128x128.",
    ),
    errors.InvalidBatchSize: (
        "This number of pictures is not possible",
        "“{value}” pictures cannot be made at once. Choose a whole number from {lowest} to {highest}.",
    ),
    errors.UnknownScheduler: (
        "Unknown sampler",
        "There is no sampler called “{name}”. Choose one of: {known:list}.",
    ),
    errors.ScheduleNotPossible: (
        "This schedule does not go with the sampler",
        "{sampler} has no schedule “{schedule}”. Choose one of: {known:list}, or another sampler.",
    ),
    errors.PromptUnusable: (
        "This prompt cannot be used",
        "The prompt is {reason}. Change it and try again.",
    ),
    errors.InvalidStrength: (
        "This strength is not possible",
        "“{value}” is not a strength. Choose a number from {lowest:g} (hardly changed) to {highest:g} (made anew); "
        "0.6 is a good start.",
    ),
    errors.InvalidMaskSetting: (
        "This setting of the mask is not possible",
        "“{value}” is no {name} in pixels. Choose a whole number from {lowest} to {highest}.",
    ),
    errors.MaskUnusable: (
        "This mask cannot be used",
        "The mask says what to paint anew, but {reason}. Paint over the part that should change, and try again.",
    ),
    errors.SourceUnusable: (
        "This picture cannot be started from",
        "The picture does not fit: {reason}. Choose another one, or scale it first.",
    ),
    errors.NoSeedsBetween: (
        "This model knows nothing between two seeds",
        "“{checkpoint}” repaints pictures and draws its noise itself. Choose a model that makes pictures from noise.",
    ),
    errors.SourceRequired: (
        "Something is missing for this setting",
        "The {name} has a meaning only with {needed}. Give that too, or leave it out.",
    ),
    errors.UnknownChoice: (
        "This choice does not exist",
        "There is no {name} called “{value}”. Choose one of: {known:list}.",
    ),
    errors.GridValuesInvalid: (
        "These values are not possible",
        "{axis}: “{part}”: {reason}. Write values such as 1, 2, 5 or 1-10 (+3) or 1-10 [4]; texts with commas between "
        "them.",
    ),
    errors.GridTooLarge: (
        "The grid is too large",
        "It would have {count} pictures, and {most} are possible. Take some values out.",
    ),
    errors.GridAxesUnusable: (
        "The grid cannot be made",
        "No grid comes of this: {reason}. Choose one to three different settings to vary.",
    ),
    errors.GridNotFound: (
        "Nothing to go on with",
        "Every grid is finished. Make a new one.",
    ),
    errors.InvalidAddonWeight: (
        "This weight is not possible",
        "“{value}” is not a weight for “{name}”. Choose a number from {lowest:g} to {highest:g}; 0.8 is a good start.",
    ),
    errors.AddonMismatch: (
        "This add-on does not fit the model",
        "“{name}” was made for {made_for}, and the chosen model is of the family {family}. Choose a model of the same "
        "family, or take the add-on out.",
    ),
    errors.AddonNotFound: (
        "This add-on is not installed",
        "There is no {kind:addon} called “{name}”.{similar:similar} Check the spelling, or add it in the model "
        "manager.",
    ),
    errors.AddonUnusable: (
        "This add-on cannot be used",
        "“{name}” cannot be used: {reason}. Take it out, or get another file of it.",
    ),
}
