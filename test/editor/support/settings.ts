/** Anything `settings.json` may hold. */
export type Settings = Readonly<Record<string, unknown>>;

export type Theme = 'dark' | 'light' | 'high-contrast';

/** What VS Code calls them in settings and in its list, and the class its window then has. */
export const themes = {
  dark: { id: 'Dark Modern', label: 'Dark Modern', type: 'vs-dark' },
  light: { id: 'Light Modern', label: 'Light Modern', type: 'vs' },
  'high-contrast': { id: 'Default High Contrast', label: 'Dark High Contrast', type: 'hc-black' },
} as const satisfies Record<Theme, { id: string; label: string; type: string }>;

export function themeSettings(theme: Theme): Settings {
  return { 'workbench.colorTheme': themes[theme].id, 'window.autoDetectColorScheme': false };
}

/** A quiet editor: nothing but what the user would see of Trainyard, and nothing that moves by itself. */
export const quietSettings: Settings = {
  ...themeSettings('dark'),
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'explorer.compactFolders': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'telemetry.telemetryLevel': 'off',
  'terminal.integrated.gpuAcceleration': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'window.title': '${activeEditorShort}${separator}${rootName}',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};
