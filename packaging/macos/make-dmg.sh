#!/bin/sh
# A disk image of the app that `python3 packaging/dev.py bundle` makes on macOS.
# NOT RUN YET: written after Apple's manuals, tried on no Mac.
#   packaging/macos/make-dmg.sh VERSION ["Developer ID Application: NAME (TEAM)" NOTARY-PROFILE]
# Without an identity the app is signed for this machine only; others have to allow it in their settings.
set -eu
cd "$(dirname "$0")/../.."
version=$1
identity=${2:--}
app="dist/VAE Explorer.app"
image="dist/vae-explorer-$version-macos-$(uname -m).dmg"

codesign --force --deep --timestamp --options runtime --sign "$identity" "$app"
codesign --verify --deep --strict "$app"
python3 packaging/bundle/smoke.py "$app/Contents/MacOS/vae-explorer"

rm -f "$image"
hdiutil create -volname "VAE Explorer" -srcfolder "$app" -format UDZO "$image"
if [ "$identity" != "-" ]; then
    codesign --timestamp --sign "$identity" "$image"
    xcrun notarytool submit "$image" --keychain-profile "$3" --wait
    xcrun stapler staple "$image"
fi
echo "$image"
