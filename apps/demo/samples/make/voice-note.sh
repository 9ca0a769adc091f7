#!/usr/bin/env bash
# Writes ../voice-note.wav: what the customer says, spoken by espeak-ng in a small room with a little noise, 16 kHz mono.
# Needs espeak-ng and sox.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

espeak-ng -v en-us -s 165 -p 55 -g 1 -w "$work/spoken.wav" \
  "Hello, this is Marta Keller. I am calling about my desk lamp, the L W forty. The upper arm snapped while I was \
adjusting it, the shade fell on the desk, and the bulb broke. The warranty card is on the photo. Could you send me a \
new arm, please? Thank you."
sox "$work/spoken.wav" -r 16000 -b 16 "$work/room.wav" highpass 90 lowpass 7200 reverb 14 40 30 gain -n -4 pad 0.35 0.4
sox -n -r 16000 -b 16 -c 1 "$work/noise.wav" synth "$(soxi -D "$work/room.wav")" pinknoise vol 0.006
sox -m -v 1 "$work/room.wav" -v 1 "$work/noise.wav" ../voice-note.wav
