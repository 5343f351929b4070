#!/bin/sh
# A screen reader over the console: Orca and a real Chromium on a screen that nobody sees. What it would say is printed.
#
#   apt-get install orca at-spi2-core dbus-x11 xvfb openbox xdotool speech-dispatcher chromium
#   infra/pronto/browser/orca.sh http://127.0.0.1:8080/console
#
# It prints the display. Keys are pressed there from another terminal: DISPLAY=:N xdotool key Tab. Orca's own: h heading, m landmark, b button, e field, i item, t table;
# Insert+a is typing instead of reading. Ctrl-C ends it.
set -eu
[ $# = 1 ] || { echo "usage: $0 http://127.0.0.1:8080/console" >&2; exit 2; }
if [ -z "${ORCA_INSIDE:-}" ]; then
  HOME=$(mktemp -d) && XDG_RUNTIME_DIR=$HOME/run && mkdir -m 700 "$XDG_RUNTIME_DIR"
  export HOME XDG_RUNTIME_DIR ORCA_INSIDE=1 ACCESSIBILITY_ENABLED=1 GNOME_ACCESSIBILITY=1 LANG=C.UTF-8
  trap 'rm -rf "$HOME"' EXIT
  trap 'exit 130' INT TERM
  dbus-run-session -- "$0" "$1"
  exit
fi
trap 'kill $(jobs -p) 2>/dev/null || :' EXIT
trap 'exit 130' INT TERM

# A voice that is done at once: without a sound card every other waits for ever, and Orca with it.
mkdir -p "$HOME/.config/speech-dispatcher/modules" "$HOME/.local/share/orca"
printf '%s\n' 'AddModule "silent" "sd_generic" "silent.conf"' 'DefaultModule silent' 'DefaultLanguage "en"' 'CommunicationMethod "unix_socket"' > "$HOME/.config/speech-dispatcher/speechd.conf"
{
  printf '%s\n' 'GenericExecuteSynth "true"' 'GenericMaxChunkLength 10000' 'GenericDelimiters "."' 'GenericRateAdd 0' 'GenericPitchAdd 0'
  for l in en it de fr es pt ru; do printf 'AddVoice "%s" "MALE1" "%s"\n' $l $l; done
} > "$HOME/.config/speech-dispatcher/modules/silent.conf"

# Orca 43 takes what a newer Chromium says of a list of choices, while a page is built, for a move of the focus.
cat > "$HOME/.local/share/orca/orca-customizations.py" <<'END'
import pyatspi
import orca.settings
from orca.scripts.toolkits.Chromium import script
orca.settings.enableBraille = orca.settings.enableKeyEcho = False
was = script.Script.onSelectionChanged
def on_selection_changed(self, event):
    at = event.source
    if at.getRole() in (pyatspi.ROLE_MENU, pyatspi.ROLE_COMBO_BOX) and not any(o and o.getState().contains(pyatspi.STATE_FOCUSED) for o in (at, at.parent)):
        return
    return was(self, event)
script.Script.onSelectionChanged = on_selection_changed
END

Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp 3> "$HOME/display" 2> "$HOME/xvfb.log" &
until [ -s "$HOME/display" ]; do kill -0 $! && sleep 0.1; done
DISPLAY=:$(cat "$HOME/display") && export DISPLAY
echo "display $DISPLAY"
gsettings set org.gnome.desktop.interface toolkit-accessibility true
openbox > /dev/null 2>&1 &
: > "$HOME/said"
tail -f --pid=$$ "$HOME/said" | sed -un "s/^[0-9:.]* - SPEECH OUTPUT: '\(.*\)'\({.*\)\{0,1\}$/\1/p" &
orca --debug-file="$HOME/said" > "$HOME/orca.log" 2>&1 &
root= && [ "$(id -u)" != 0 ] || root=--no-sandbox
sleep 5 # until Orca listens
chromium $root --force-renderer-accessibility --disable-gpu --no-first-run --user-data-dir="$HOME/browser" --accept-lang=en-GB "$1" > "$HOME/chromium.log" 2>&1
