#!/bin/bash
# Signs the .app that packaging/build.py made, puts it on a disk image and has Apple notarise it.
#   IDENTITY="Developer ID Application: …" PROFILE=notary-profile packaging/macos/make_dmg.sh dist 0.1.0
# Without IDENTITY it is signed ad hoc and not notarised: macOS then asks before the first start. Not run yet.
set -eu

out=$1
version=$2
here=$(cd "$(dirname "$0")" && pwd)
app="$out/Latent Studio.app"
image="$out/latent-studio-$version-macos-$(uname -m).dmg"

sign() {
    codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" --sign "${IDENTITY:--}" "$@"
}

# From the inside outwards, as Apple asks: what is signed is sealed.
find "$app/Contents/Frameworks" -type f \( -name '*.dylib' -o -name '*.so' -o -perm +111 \) -print0 |
    while IFS= read -r -d '' library; do sign "$library"; done
sign "$app/Contents/MacOS/studio"
sign "$app"
codesign --verify --deep --strict "$app"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R "$app" "$stage/"
ln -s /Applications "$stage/Applications"
hdiutil create -volname "Latent Studio" -srcfolder "$stage" -ov -format ULFO "$image"

if [ -n "${IDENTITY:-}" ]; then
    codesign --timestamp --sign "$IDENTITY" "$image"
    xcrun notarytool submit "$image" --keychain-profile "$PROFILE" --wait
    xcrun stapler staple "$image"
fi
echo "$image"
