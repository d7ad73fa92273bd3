; Inno Setup 6: installs for one user, without administrator rights.
;   iscc /DVersion=0.1.0 packaging\windows\latent-studio.iss
; after `python packaging\build.py`. Not run yet: written against Inno Setup's documentation; what uninstalls was compiled and
; played through by Free Pascal, with stand-ins for Inno Setup's functions.

#ifndef Version
  #error Give the version: /DVersion=0.1.0
#endif

[Setup]
AppId={{6E0B2C0D-6A35-4F0C-9C57-0E8F6E5B5A11}
AppName=Latent Studio
AppVersion={#Version}
AppPublisher=The Latent Studio makers
DefaultDirName={autopf}\Latent Studio
DefaultGroupName=Latent Studio
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
Compression=lzma2/max
SolidCompression=yes
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=latent-studio-{#Version}-windows-x64
SetupIconFile=..\..\build\icons\latent-studio.ico
UninstallDisplayIcon={app}\studio-gui.exe
WizardStyle=modern
MinVersion=10.0.17763
VersionInfoVersion={#Version}
; To sign the programs, the setup and the uninstaller:
;   iscc /DVersion=0.1.0 /DSigned "/Ssigntool=signtool sign /fd sha256 /tr http://timestamp.digicert.com /td sha256 /a $f" ...
#ifdef Signed
SignTool=signtool
SignedUninstaller=yes
#endif

; Libraries of an older version must not be found beside those of this one.
[InstallDelete]
Type: filesandordirs; Name: "{app}\_internal"

[Files]
#ifdef Signed
Source: "..\..\dist\latent-studio\*.exe"; DestDir: "{app}"; Flags: ignoreversion signonce
#endif
Source: "..\..\dist\latent-studio\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Latent Studio"; Filename: "{app}\studio-gui.exe"
Name: "{userdesktop}\Latent Studio"; Filename: "{app}\studio-gui.exe"; Tasks: desktopicon

[Tasks]
Name: desktopicon; Description: "Put an icon on the desktop"; Flags: unchecked

[Registry]
Root: HKA; Subkey: "Software\Classes\.lstudio"; ValueType: string; ValueData: "LatentStudio.Canvas"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\LatentStudio.Canvas"; ValueType: string; ValueData: "Latent Studio canvas"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\LatentStudio.Canvas\DefaultIcon"; ValueType: string; ValueData: "{app}\studio-gui.exe,0"
Root: HKA; Subkey: "Software\Classes\LatentStudio.Canvas\shell\open\command"; ValueType: string; ValueData: """{app}\studio-gui.exe"" ""%1"""
; "Open with" for pictures and models, without becoming their default.
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\shell\open\command"; ValueType: string; ValueData: """{app}\studio-gui.exe"" ""%1"""; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".png"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".jpeg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".avif"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".tiff"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".tif"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".bmp"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".gif"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".webp"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\studio-gui.exe\SupportedTypes"; ValueType: string; ValueName: ".safetensors"; ValueData: ""

[Run]
Filename: "{app}\studio-gui.exe"; Description: "Start Latent Studio"; Flags: postinstall nowait skipifsilent

; What people made and fetched is kept unless they say otherwise, each by a question of its own. A folder of pictures that was
; chosen in the program is never touched; without a window (/SILENT) nothing is asked, and nothing goes.
[Code]
function PicturesFolder: String;
var
  Pictures: String;
begin
  Pictures := ExpandConstant('{%USERPROFILE}\Pictures');
  // Windows lets it be moved. What is not told there stays as it is.
  RegQueryStringValue(HKEY_CURRENT_USER,
    'Software\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders', 'My Pictures', Pictures);
  Result := Pictures + '\Latent Studio';
end;

procedure OfferToRemove(Folder, Question: String);
begin
  if DirExists(Folder) then
    if MsgBox(Question + #13#10#13#10 + Folder, mbConfirmation, MB_YESNO or MB_DEFBUTTON2) = IDYES then
      if not DelTree(Folder, True, True, True) then
        MsgBox('Not everything in this folder could be removed. Close what uses it, and remove it by hand:' + #13#10#13#10 + Folder,
          mbError, MB_OK);
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
begin
  if (Step = usPostUninstall) and not UninstallSilent then
  begin
    OfferToRemove(ExpandConstant('{localappdata}\Latent Studio'), 'Also remove downloaded models, settings, ratings, the queue and the open canvas?');
    OfferToRemove(PicturesFolder, 'Also remove all pictures that you made? They cannot be brought back.');
  end;
end;
