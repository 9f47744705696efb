/** Packages a training script often imports, by the name they are imported under. */
const packageOfModule: ReadonlyMap<string, string> = new Map([
  ['accelerate', 'accelerate'],
  ['cv2', 'opencv-python-headless'],
  ['datasets', 'datasets'],
  ['diffusers', 'diffusers'],
  ['fastai', 'fastai'],
  ['jax', 'jax'],
  ['joblib', 'joblib'],
  ['keras', 'keras'],
  ['lightgbm', 'lightgbm'],
  ['lightning', 'lightning'],
  ['matplotlib', 'matplotlib'],
  ['numpy', 'numpy'],
  ['pandas', 'pandas'],
  ['peft', 'peft'],
  ['PIL', 'pillow'],
  ['polars', 'polars'],
  ['pytorch_lightning', 'pytorch-lightning'],
  ['scipy', 'scipy'],
  ['skimage', 'scikit-image'],
  ['sklearn', 'scikit-learn'],
  ['tensorflow', 'tensorflow'],
  ['timm', 'timm'],
  ['torch', 'torch'],
  ['torchvision', 'torchvision'],
  ['tqdm', 'tqdm'],
  ['transformers', 'transformers'],
  ['trl', 'trl'],
  ['ultralytics', 'ultralytics'],
  ['wandb', 'wandb'],
  ['xgboost', 'xgboost'],
  ['yaml', 'pyyaml'],
]);

/** The well-known packages a script imports at its top level, outside of any `try`, each once. */
export function importedPackages(source: string): string[] {
  const names = [...source.matchAll(/^(?:import|from)\s+([A-Za-z_]\w*)/gm)].map((match) => match[1] ?? '');
  return [...new Set(names.flatMap((name) => packageOfModule.get(name) ?? []))];
}
