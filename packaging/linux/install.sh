#!/bin/sh
# Puts Latent Studio below PREFIX (~/.local if none is given), or takes it away again. Pictures, models and settings
# are the user's own and stay where they are.
#
#   ./install.sh [PREFIX]
#   ./install.sh --uninstall [PREFIX]
#
# A copy of this stays in PREFIX/lib/latent-studio, for taking it away without the archive.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
action=install
if [ "${1:-}" = --uninstall ]; then
    action=uninstall
    shift
fi
installed=${here%/lib/latent-studio}
if [ "$installed" = "$here" ]; then
    prefix=${1:-$HOME/.local}
elif [ "$action" = uninstall ]; then
    prefix=${1:-$installed}
else
    echo "This copy only takes Latent Studio away: add --uninstall. A newer version has its own install.sh." >&2
    exit 2
fi
case $prefix in
/*) ;;
*) prefix=$PWD/$prefix ;;
esac
program=$prefix/lib/latent-studio

install_program() {
    folders=$(made_folders)
    mkdir -p "$prefix/lib" "$prefix/bin" "$prefix/share"
    # The old one goes when the new one is there: the disk may be full.
    new=$prefix/lib/latent-studio.new
    rm -rf "$new"
    trap 'rm -rf "$new"' EXIT
    cp -R "$here/lib/latent-studio" "$new"
    cp "$here/install.sh" "$new/"
    echo "$folders" >"$new/folders"
    remove
    mv "$new" "$program"
    cp -R "$here/share/." "$prefix/share/"
    name_in_menu
    for name in studio studio-gui; do
        ln -s "../lib/latent-studio/$name" "$prefix/bin/$name"
    done
}

# Those that were not there before, each after the one it is in: they go with the program, if nothing else is in them.
made_folders() {
    cat "$program/folders" 2>/dev/null || true
    { printf '%s\n' "$prefix" "$prefix/bin" "$prefix/lib" && cd "$here/share" && find . -type d | sort; } |
        while read -r folder; do
            case $folder in .*) folder=$prefix/share${folder#.} ;; esac
            [ -d "$folder" ] || echo "$folder"
        done
}

# Not every desktop looks for programs in PREFIX/bin. What its menu could not read stays a bare name.
name_in_menu() {
    case $prefix in *[\"\`\$\\%\|\&]*) return ;; esac
    sed -e "s|^Exec=studio-gui|Exec=\"$prefix/bin/studio-gui\"|" -e "s|^TryExec=.*|TryExec=$prefix/bin/studio-gui|" \
        "$here/share/applications/latent-studio.desktop" >"$prefix/share/applications/latent-studio.desktop"
}

remove() {
    rm -rf "$program"
    rm -f "$prefix/bin/studio" "$prefix/bin/studio-gui"
    rm -f "$prefix/share/applications/latent-studio.desktop" "$prefix/share/mime/packages/latent-studio.xml"
    rm -f "$prefix/share/metainfo/io.github.latentstudio.LatentStudio.metainfo.xml"
    rm -f "$prefix"/share/icons/hicolor/*/apps/latent-studio.png
    rm -f "$prefix"/share/icons/hicolor/*/apps/latent-studio.svg
    rm -f "$prefix"/share/icons/hicolor/*/apps/latent-studio-symbolic.svg
    rm -f "$prefix/share/man/man1/studio.1.gz" "$prefix/share/man/man1/studio-gui.1.gz"
}

refresh_desktop() {
    for command in update-desktop-database update-mime-database "gtk-update-icon-cache -q -t"; do
        case $command in
        *desktop*) folder=applications ;;
        *mime*) folder=mime ;;
        *) folder=icons/hicolor ;;
        esac
        if command -v "${command%% *}" >/dev/null && [ -d "$prefix/share/$folder" ]; then
            $command "$prefix/share/$folder" 2>/dev/null || true # a desktop without it reads the files themselves
        fi
    done
}

# Of `folders`, from the innermost, those that are empty but for what the desktop made of the files that are gone.
remove_folders() {
    echo "$1" | sort -r | while read -r folder; do
        case $folder in
        */share/applications) remove_alone "$folder" mimeinfo.cache ;;
        */share/icons/hicolor) remove_alone "$folder" icon-theme.cache ;;
        */share/mime) [ -d "$folder/packages" ] || rm -rf "$folder" ;; # all else in it is made of the packages
        esac
        rmdir "$folder" 2>/dev/null || true
    done
}

remove_alone() {
    [ "$(ls -A "$1" 2>/dev/null)" != "$2" ] || rm -f "$1/$2"
}

if [ "$action" = install ]; then
    install_program
    refresh_desktop
    echo "Latent Studio is below $prefix. Start it from the menu, or with $prefix/bin/studio"
    echo "To take it away: $program/install.sh --uninstall"
else
    folders=$(cat "$program/folders" 2>/dev/null || true)
    remove
    refresh_desktop
    remove_folders "$folders"
    echo "Latent Studio is gone from $prefix. Your pictures, models and settings are still there."
fi
