"""XMP that says that a picture was made by a model, as the IPTC asks for.

The property is `DigitalSourceType` of the IPTC Extension schema; its values are addresses of the IPTC's vocabulary
(https://cv.iptc.org/newscodes/digitalsourcetype/).
"""

from __future__ import annotations

from studio.core.task import Inpaint, Task

XMP_KEYWORD = "XML:com.adobe.xmp"
"""Of the iTXt chunk in PNG files (XMP specification, part 3, 1.1.5)."""
_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '{}</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
_DESCRIPTION = (
    '<rdf:Description rdf:about="" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="{}"/>'
)


def source_type_xmp(task: Task | None) -> str:
    """The packet for a picture that this task made; None is another program's, whose task is not known."""
    return _PACKET.format(source_type_description(task))


def source_type_description(task: Task | None) -> str:
    """The same as an element for another packet's `rdf:RDF`."""
    kind = "compositeWithTrainedAlgorithmicMedia" if isinstance(task, Inpaint) else "trainedAlgorithmicMedia"
    return _DESCRIPTION.format(_VOCABULARY + kind)
