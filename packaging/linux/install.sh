#!/bin/sh
# Puts Latent Studio below PREFIX (~/.local if none is given), or takes it away again. Pictures, models and settings
# are the user's own and stay where they are.
#
#   ./install.sh [PREFIX]
#   ./install.sh --uninstall [PREFIX]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
action=install
if [ "${1:-}" = --uninstall ]; then
    action=uninstall
    shift
fi
prefix=${1:-$HOME/.local}

refresh_desktop() {
    for command in "update-desktop-database $prefix/share/applications" "update-mime-database $prefix/share/mime" \
        "gtk-update-icon-cache -q -t $prefix/share/icons/hicolor"; do
        if command -v "${command%% *}" >/dev/null; then
            $command 2>/dev/null || true # a desktop without it reads the files themselves
        fi
    done
}

remove() {
    rm -rf "$prefix/lib/latent-studio"
    rm -f "$prefix/bin/studio" "$prefix/bin/studio-gui"
    rm -f "$prefix/share/applications/latent-studio.desktop" "$prefix/share/mime/packages/latent-studio.xml"
    rm -f "$prefix/share/metainfo/io.github.latentstudio.LatentStudio.metainfo.xml"
    rm -f "$prefix"/share/icons/hicolor/*/apps/latent-studio.png
    rm -f "$prefix"/share/icons/hicolor/*/apps/latent-studio.svg
    rm -f "$prefix"/share/icons/hicolor/*/apps/latent-studio-symbolic.svg
    rm -f "$prefix/share/man/man1/studio.1.gz" "$prefix/share/man/man1/studio-gui.1.gz"
}

remove
if [ "$action" = install ]; then
    mkdir -p "$prefix/lib" "$prefix/bin" "$prefix/share"
    cp -R "$here/lib/latent-studio" "$prefix/lib/"
    cp -R "$here/share/." "$prefix/share/"
    for name in studio studio-gui; do
        ln -s "../lib/latent-studio/$name" "$prefix/bin/$name"
    done
    echo "Latent Studio is below $prefix. Start it from the menu, or with $prefix/bin/studio"
else
    echo "Latent Studio is gone from $prefix. Your pictures, models and settings are still there."
fi
refresh_desktop
