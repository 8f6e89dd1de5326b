; Inno Setup recipe: an installer for the folder that `python packaging\dev.py bundle` makes on Windows.
; NOT RUN YET: written after Inno Setup's manual, tried on no Windows machine.
;   iscc /DVersion=0.1.0 packaging\windows\vae-explorer.iss

#ifndef Version
  #error Give the version: iscc /DVersion=X.Y.Z
#endif

[Setup]
AppId={{0F5B2F2C-6C0B-4C6A-9C53-7A3B5D1E2A41}
AppName=VAE Explorer
AppVersion={#Version}
AppPublisher=VAE Explorer contributors
DefaultDirName={autopf}\VAE Explorer
DefaultGroupName=VAE Explorer
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=vae-explorer-{#Version}-windows
SetupIconFile=..\..\build\bundle\vae-explorer.ico
UninstallDisplayIcon={app}\vae-explorer-window.exe
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; For the person who installs, without an administrator's rights, unless they ask for all.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern

[Languages]
Name: "english"; MessagesFile: "compiler:Default.isl"

[Files]
Source: "..\..\dist\vae-explorer\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\VAE Explorer"; Filename: "{app}\vae-explorer-window.exe"

[Run]
Filename: "{app}\vae-explorer-window.exe"; Description: "Open VAE Explorer"; Flags: postinstall nowait skipifsilent
