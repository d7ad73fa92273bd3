"""Tensors named as the models' makers name them: the way back from diffusers' names."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch

from studio.core.checkpoint import ModelFamily
from studio.core.components import DENOISER_PREFIX, family_components

State = dict[str, torch.Tensor]

_SEPARATE = {
    ModelFamily.FLUX: ("text_encoder", "text_encoder_2", "vae"),
    ModelFamily.FLUX_2: ("text_encoder", "vae"),
    ModelFamily.Z_IMAGE: ("text_encoder", "vae"),
    ModelFamily.QWEN_IMAGE: ("text_encoder", "vae"),
}


def separate_parts(family: ModelFamily) -> tuple[str, ...]:
    """Those that lie beside the model's file, as these families are published."""
    return _SEPARATE.get(family, ())


def single_file(family: ModelFamily, states: Mapping[str, State]) -> State:
    """All of a model, or its denoiser alone, from the tensors of its parts in a diffusers folder."""
    components = family_components(family)
    separate = separate_parts(family)
    named = _denoiser(family, states[components.denoiser])
    prefix = "" if separate else DENOISER_PREFIX
    file = {prefix + name: tensor for name, tensor in named.items()}
    for part, state in states.items():
        if part != components.denoiser and part not in separate:
            file |= _part(family, part, state)
    return {name: tensor.clone().contiguous() for name, tensor in file.items()}


def separate_file(family: ModelFamily, part: str, state: State) -> State:
    """A part alone: a VAE in the layout of CompVis, a text encoder in that of transformers."""
    if part == "vae" and family is not ModelFamily.QWEN_IMAGE:
        statistics = {name: tensor for name, tensor in state.items() if name.startswith("bn.")}
        state = {**_vae({name: t for name, t in state.items() if not name.startswith("bn.")}), **statistics}
    elif "embeddings.token_embedding.weight" in state:
        state = _published_clip(state)
    return {name: tensor.clone().contiguous() for name, tensor in state.items()}


def _part(family: ModelFamily, part: str, state: State) -> State:
    prefixes = family_components(family).prefixes[part]
    if part == "vae":
        return {prefixes[0] + name: tensor for name, tensor in _vae(state).items()}
    is_open_clip = prefixes[-1].endswith(".model.") and (
        family is ModelFamily.STABLE_DIFFUSION_2 or part == "text_encoder_2"
    )
    if is_open_clip:
        return {prefixes[-1] + name: tensor for name, tensor in _open_clip(state).items()}
    named = _published_clip(state) if "embeddings.token_embedding.weight" in state else state
    return {prefixes[0] + name: tensor for name, tensor in named.items()}


def _published_clip(state: State) -> State:
    """As transformers named these tensors when the models were published."""
    return {name if name == "text_projection.weight" else f"text_model.{name}": t for name, t in state.items()}


def _denoiser(family: ModelFamily, state: State) -> State:
    match family:
        case ModelFamily.STABLE_DIFFUSION_3:
            return _stable_diffusion_3(state)
        case ModelFamily.FLUX:
            return _flux(state)
        case ModelFamily.FLUX_2:
            return _flux_2(state)
        case ModelFamily.Z_IMAGE:
            return _z_image(state)
        case ModelFamily.QWEN_IMAGE:
            return state
        case _:
            return _unet(state)


def _renamed(state: State, rules: Mapping[str, str]) -> State:
    def renamed(name: str) -> str:
        for pattern, replacement in rules.items():
            name = re.sub(pattern, replacement, name)
        return name

    return {renamed(name): tensor for name, tensor in state.items()}


# --- CompVis and OpenCLIP ----------------------------------------------------------------------------------------

_UNET_RESNET = {
    r"\.norm1\.": ".in_layers.0.",
    r"\.conv1\.": ".in_layers.2.",
    r"\.norm2\.": ".out_layers.0.",
    r"\.conv2\.": ".out_layers.3.",
    r"\.time_emb_proj\.": ".emb_layers.1.",
    r"\.conv_shortcut\.": ".skip_connection.",
}
_UNET_ENDS = {
    r"^time_embedding\.linear_1": "time_embed.0",
    r"^time_embedding\.linear_2": "time_embed.2",
    r"^add_embedding\.linear_1": "label_emb.0.0",
    r"^add_embedding\.linear_2": "label_emb.0.2",
    r"^conv_in": "input_blocks.0.0",
    r"^conv_norm_out": "out.0",
    r"^conv_out": "out.2",
}


def _unet(state: State) -> State:
    return unet(state, layers=1)


def unet(state: State, layers: int) -> State:
    """Of so many layers in each block, and transformers in all but the first down and the last up block."""
    return {_unet_name(name, layers + 1): tensor for name, tensor in state.items()}


def _unet_name(name: str, stride: int) -> str:
    if "resnets" in name:
        for pattern, replacement in _UNET_RESNET.items():
            name = re.sub(pattern, replacement, name)
    name = re.sub(r"^mid_block\.attentions\.0", "middle_block.1", name)
    name = re.sub(r"^mid_block\.resnets\.(\d)", lambda m: f"middle_block.{2 * int(m[1])}", name)
    down = re.match(r"down_blocks\.(\d)\.(resnets|attentions|downsamplers)\.(\d)(\.conv)?(.*)", name)
    if down:
        block, kind, layer, _, rest = int(down[1]), down[2], int(down[3]), down[4], down[5]
        if kind == "downsamplers":
            return f"input_blocks.{stride * (block + 1)}.0.op{rest}"
        return f"input_blocks.{stride * block + layer + 1}.{'0' if kind == 'resnets' else '1'}{rest}"
    up = re.match(r"up_blocks\.(\d)\.(resnets|attentions|upsamplers)\.(\d)(.*)", name)
    if up:
        block, kind, layer, rest = int(up[1]), up[2], int(up[3]), up[4]
        if kind == "upsamplers":
            return f"output_blocks.{stride * block + stride - 1}.2{rest}"
        return f"output_blocks.{stride * block + layer}.{'0' if kind == 'resnets' else '1'}{rest}"
    for pattern, replacement in _UNET_ENDS.items():
        name = re.sub(pattern, replacement, name)
    return name


def _vae(state: State) -> State:
    """Of four blocks. The attention's matrices are convolutions of one pixel."""
    named = _renamed(
        state,
        {
            r"encoder\.down_blocks\.(\d)\.resnets\.(\d)": r"encoder.down.\1.block.\2",
            r"encoder\.down_blocks\.(\d)\.downsamplers\.0": r"encoder.down.\1.downsample",
            r"mid_block\.attentions\.0": "mid.attn_1",
            r"mid_block\.resnets\.0": "mid.block_1",
            r"mid_block\.resnets\.1": "mid.block_2",
            r"conv_norm_out": "norm_out",
            r"conv_shortcut": "nin_shortcut",
            r"attn_1\.group_norm": "attn_1.norm",
            r"attn_1\.to_([qkv])": r"attn_1.\1",
            r"attn_1\.to_out\.0": "attn_1.proj_out",
        },
    )
    return {
        _up(name): tensor[:, :, None, None] if _is_attention_matrix(name) else tensor for name, tensor in named.items()
    }


def _up(name: str) -> str:
    """The original counts the blocks of its decoder from the largest picture."""
    blocks = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda match: f"up.{3 - int(match[1])}.block.{match[2]}", name)
    return re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda match: f"up.{3 - int(match[1])}.upsample", blocks)


def _is_attention_matrix(name: str) -> bool:
    return "attn_1" in name and name.endswith(".weight") and "norm" not in name


def _open_clip(state: State) -> State:
    named = _renamed(
        state,
        {
            r"^text_model\.": "",
            r"^encoder\.layers\.": "transformer.resblocks.",
            r"embeddings\.token_embedding": "token_embedding",
            r"embeddings\.position_embedding\.weight": "positional_embedding",
            r"final_layer_norm": "ln_final",
            r"layer_norm(\d)": r"ln_\1",
            r"mlp\.fc1": "mlp.c_fc",
            r"mlp\.fc2": "mlp.c_proj",
            r"self_attn": "attn",
        },
    )
    file: State = {}
    for name, tensor in named.items():
        if name == "text_projection.weight":
            file["text_projection"] = tensor.T
        elif ".attn.q_proj." in name:
            kind = name.rpartition(".")[2]
            parts = [named[name.replace("q_proj", f"{letter}_proj")] for letter in "qkv"]
            file[name.replace(f"q_proj.{kind}", f"in_proj_{kind}")] = torch.cat(parts)
        elif "k_proj" not in name and "v_proj" not in name:
            file[name] = tensor
    return file


# --- transformers ------------------------------------------------------------------------------------------------


def _swapped(tensor: torch.Tensor) -> torch.Tensor:
    """(scale, shift) in diffusers, (shift, scale) in the original."""
    return torch.cat(tensor.chunk(2)[::-1])


def _fused(state: State, groups: Mapping[tuple[str, ...], str]) -> State:
    """Tensors whose names differ in these words only, put together under the name with the new word."""
    file: State = {}
    inside = {word: words for words in groups for word in words}
    for name, tensor in state.items():
        word = next((word for word in inside if f".{word}." in name), None)
        if word is None:
            file[name] = tensor
        elif word == inside[word][0]:
            parts = [state[name.replace(f".{word}.", f".{other}.")] for other in inside[word]]
            file[name.replace(f".{word}.", f".{groups[inside[word]]}.")] = torch.cat(parts)
    return file


def _stable_diffusion_3(state: State) -> State:
    last = max(int(name.split(".")[1]) for name in state if name.startswith("transformer_blocks."))
    swapped = {
        name: _swapped(tensor)
        if name.startswith(("norm_out.", f"transformer_blocks.{last}.norm1_context."))
        else tensor
        for name, tensor in state.items()
    }
    fused = _fused(
        swapped, {("to_q", "to_k", "to_v"): "qkv", ("add_q_proj", "add_k_proj", "add_v_proj"): "context_qkv"}
    )
    return _renamed(
        fused,
        {
            r"^pos_embed\.pos_embed$": "pos_embed",
            r"^pos_embed\.proj": "x_embedder.proj",
            r"^time_text_embed\.timestep_embedder\.linear_1": "t_embedder.mlp.0",
            r"^time_text_embed\.timestep_embedder\.linear_2": "t_embedder.mlp.2",
            r"^time_text_embed\.text_embedder\.linear_1": "y_embedder.mlp.0",
            r"^time_text_embed\.text_embedder\.linear_2": "y_embedder.mlp.2",
            r"^transformer_blocks\.(\d+)\.attn\.context_qkv": r"joint_blocks.\1.context_block.attn.qkv",
            r"^transformer_blocks\.(\d+)\.(attn2?)\.qkv": r"joint_blocks.\1.x_block.\2.qkv",
            r"^transformer_blocks\.(\d+)\.attn\.norm_added_([qk])": r"joint_blocks.\1.context_block.attn.ln_\2",
            r"^transformer_blocks\.(\d+)\.(attn2?)\.norm_([qk])": r"joint_blocks.\1.x_block.\2.ln_\3",
            r"^transformer_blocks\.(\d+)\.attn\.to_add_out": r"joint_blocks.\1.context_block.attn.proj",
            r"^transformer_blocks\.(\d+)\.(attn2?)\.to_out\.0": r"joint_blocks.\1.x_block.\2.proj",
            r"^transformer_blocks\.(\d+)\.norm1\.linear": r"joint_blocks.\1.x_block.adaLN_modulation.1",
            r"^transformer_blocks\.(\d+)\.norm1_context\.linear": r"joint_blocks.\1.context_block.adaLN_modulation.1",
            r"^transformer_blocks\.(\d+)\.ff\.net\.0\.proj": r"joint_blocks.\1.x_block.mlp.fc1",
            r"^transformer_blocks\.(\d+)\.ff\.net\.2": r"joint_blocks.\1.x_block.mlp.fc2",
            r"^transformer_blocks\.(\d+)\.ff_context\.net\.0\.proj": r"joint_blocks.\1.context_block.mlp.fc1",
            r"^transformer_blocks\.(\d+)\.ff_context\.net\.2": r"joint_blocks.\1.context_block.mlp.fc2",
            r"^norm_out\.linear": "final_layer.adaLN_modulation.1",
            r"^proj_out": "final_layer.linear",
        },
    )


_BFL_ATTENTION = {
    r"^transformer_blocks\.(\d+)\.attn\.img_qkv": r"double_blocks.\1.img_attn.qkv",
    r"^transformer_blocks\.(\d+)\.attn\.txt_qkv": r"double_blocks.\1.txt_attn.qkv",
    r"^transformer_blocks\.(\d+)\.attn\.norm_q\.weight": r"double_blocks.\1.img_attn.norm.query_norm.scale",
    r"^transformer_blocks\.(\d+)\.attn\.norm_k\.weight": r"double_blocks.\1.img_attn.norm.key_norm.scale",
    r"^transformer_blocks\.(\d+)\.attn\.norm_added_q\.weight": r"double_blocks.\1.txt_attn.norm.query_norm.scale",
    r"^transformer_blocks\.(\d+)\.attn\.norm_added_k\.weight": r"double_blocks.\1.txt_attn.norm.key_norm.scale",
    r"^transformer_blocks\.(\d+)\.attn\.to_out\.0": r"double_blocks.\1.img_attn.proj",
    r"^transformer_blocks\.(\d+)\.attn\.to_add_out": r"double_blocks.\1.txt_attn.proj",
    r"^single_transformer_blocks\.(\d+)\.attn\.norm_q\.weight": r"single_blocks.\1.norm.query_norm.scale",
    r"^single_transformer_blocks\.(\d+)\.attn\.norm_k\.weight": r"single_blocks.\1.norm.key_norm.scale",
}


def _flux(state: State) -> State:
    double = {name: tensor for name, tensor in state.items() if not name.startswith("single_")}
    file = _fused(double, {("to_q", "to_k", "to_v"): "img_qkv", ("add_q_proj", "add_k_proj", "add_v_proj"): "txt_qkv"})
    for name, tensor in state.items():
        if name.startswith("single_") and ".attn.to_q." in name:
            inner = [name.replace(".to_q.", f".{other}.") for other in ("to_q", "to_k", "to_v")]
            parts = [*inner, name.replace(".attn.to_q.", ".proj_mlp.")]
            file[name.replace(".attn.to_q.", ".linear1.")] = torch.cat([state[part] for part in parts])
        elif name.startswith("single_") and not re.search(r"to_[kv]\.|proj_mlp", name):
            file[name] = tensor
    file = {name: _swapped(tensor) if name.startswith("norm_out.") else tensor for name, tensor in file.items()}
    return _renamed(
        file,
        {
            **_BFL_ATTENTION,
            r"^time_text_embed\.timestep_embedder\.linear_1": "time_in.in_layer",
            r"^time_text_embed\.timestep_embedder\.linear_2": "time_in.out_layer",
            r"^time_text_embed\.text_embedder\.linear_1": "vector_in.in_layer",
            r"^time_text_embed\.text_embedder\.linear_2": "vector_in.out_layer",
            r"^time_text_embed\.guidance_embedder\.linear_1": "guidance_in.in_layer",
            r"^time_text_embed\.guidance_embedder\.linear_2": "guidance_in.out_layer",
            r"^context_embedder": "txt_in",
            r"^x_embedder": "img_in",
            r"^transformer_blocks\.(\d+)\.norm1\.linear": r"double_blocks.\1.img_mod.lin",
            r"^transformer_blocks\.(\d+)\.norm1_context\.linear": r"double_blocks.\1.txt_mod.lin",
            r"^transformer_blocks\.(\d+)\.ff\.net\.0\.proj": r"double_blocks.\1.img_mlp.0",
            r"^transformer_blocks\.(\d+)\.ff\.net\.2": r"double_blocks.\1.img_mlp.2",
            r"^transformer_blocks\.(\d+)\.ff_context\.net\.0\.proj": r"double_blocks.\1.txt_mlp.0",
            r"^transformer_blocks\.(\d+)\.ff_context\.net\.2": r"double_blocks.\1.txt_mlp.2",
            r"^single_transformer_blocks\.(\d+)\.norm\.linear": r"single_blocks.\1.modulation.lin",
            r"^single_transformer_blocks\.(\d+)\.proj_out": r"single_blocks.\1.linear2",
            r"^single_transformer_blocks": "single_blocks",
            r"^norm_out\.linear": "final_layer.adaLN_modulation.1",
            r"^proj_out": "final_layer.linear",
        },
    )


def _flux_2(state: State) -> State:
    file = _fused(state, {("to_q", "to_k", "to_v"): "img_qkv", ("add_q_proj", "add_k_proj", "add_v_proj"): "txt_qkv"})
    file = {name: _swapped(tensor) if name.startswith("norm_out.") else tensor for name, tensor in file.items()}
    return _renamed(
        file,
        {
            **_BFL_ATTENTION,
            r"^time_guidance_embed\.timestep_embedder\.linear_1": "time_in.in_layer",
            r"^time_guidance_embed\.timestep_embedder\.linear_2": "time_in.out_layer",
            r"^(double_stream_modulation_(img|txt)|single_stream_modulation)\.linear": r"\1.lin",
            r"^context_embedder": "txt_in",
            r"^x_embedder": "img_in",
            r"^transformer_blocks\.(\d+)\.ff\.linear_in": r"double_blocks.\1.img_mlp.0",
            r"^transformer_blocks\.(\d+)\.ff\.linear_out": r"double_blocks.\1.img_mlp.2",
            r"^transformer_blocks\.(\d+)\.ff_context\.linear_in": r"double_blocks.\1.txt_mlp.0",
            r"^transformer_blocks\.(\d+)\.ff_context\.linear_out": r"double_blocks.\1.txt_mlp.2",
            r"^single_transformer_blocks\.(\d+)\.attn\.to_qkv_mlp_proj": r"single_blocks.\1.linear1",
            r"^single_transformer_blocks\.(\d+)\.attn\.to_out": r"single_blocks.\1.linear2",
            r"^norm_out\.linear": "final_layer.adaLN_modulation.1",
            r"^proj_out": "final_layer.linear",
        },
    )


def _z_image(state: State) -> State:
    return _renamed(
        _fused(state, {("to_q", "to_k", "to_v"): "qkv"}),
        {
            r"^all_final_layer\.2-1\.": "final_layer.",
            r"^all_x_embedder\.2-1\.": "x_embedder.",
            r"\.attention\.to_out\.0\.": ".attention.out.",
            r"\.attention\.norm_([qk])\.": r".attention.\1_norm.",
        },
    )
