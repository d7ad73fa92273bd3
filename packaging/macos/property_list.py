"""What macOS is told about the program: the types of documents it opens, and how it is shown."""

from __future__ import annotations

PROPERTIES: dict[str, object] = {
    "CFBundleDisplayName": "Latent Studio",
    "LSApplicationCategoryType": "public.app-category.graphics-design",
    "CFBundleExecutable": "studio-gui",  # PyInstaller would take the first by its name, which is that of the terminal
    "LSMinimumSystemVersion": "14.0",  # what the libraries in packaging/locks/macos.txt were built for
    "NSHighResolutionCapable": True,
    "NSRequiresAquaSystemAppearance": False,
    "CFBundleDocumentTypes": [
        {
            "CFBundleTypeName": "Latent Studio canvas",
            "CFBundleTypeRole": "Editor",
            "LSHandlerRank": "Owner",
            "LSItemContentTypes": ["io.github.latentstudio.canvas"],
        },
        {
            "CFBundleTypeName": "Picture",
            "CFBundleTypeRole": "Viewer",
            "LSHandlerRank": "Alternate",
            "LSItemContentTypes": ["public.png", "public.jpeg", "org.webmproject.webp", "public.tiff", "public.heic"],
        },
        {
            "CFBundleTypeName": "Model weights",
            "CFBundleTypeRole": "Viewer",
            "LSHandlerRank": "Alternate",
            "CFBundleTypeExtensions": ["safetensors"],
        },
    ],
    "UTExportedTypeDeclarations": [
        {
            "UTTypeIdentifier": "io.github.latentstudio.canvas",
            "UTTypeDescription": "Latent Studio canvas",
            "UTTypeConformsTo": ["public.zip-archive"],
            "UTTypeTagSpecification": {"public.filename-extension": ["lstudio"]},
        }
    ],
}
