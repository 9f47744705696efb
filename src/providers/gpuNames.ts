/** Makers and brands that people leave out. */
const brands = ['nvidia', 'geforce', 'tesla'];
/** Words that say nothing about which GPU it is. */
const noise = new Set([...brands, 'quadro', 'amd', 'instinct', 'gpu', 'generation', 'graphics']);
/** Words that make another GPU of it: who asks for a 4080 has not asked for these. */
const variants = ['ti', 'super', 'laptop', 'mobile', 'd'];
/** How a GPU is built in. What does not say so is a plain card. */
const forms = ['sxm', 'nvl', 'pcie'];

/**
 * `RTX 4090` of `NVIDIA GeForce RTX 4090`, `RTX_4090`: the name people use.
 */
export function plainGpuName(text: string): string {
  return text
    .replaceAll('_', ' ')
    .split(/\s+/)
    .filter((word) => !brands.includes(word.toLowerCase()))
    .join(' ');
}

/**
 * Whether a GPU is one that was asked for: every word of `wanted` is in its name. `4090` and `rtx4090` are
 * `RTX 4090`, `H100` is every H100, `H100 PCIe` none with SXM; `A100` is not `RTX A1000`, `RTX 4080` no `RTX 4080 SUPER`.
 */
export function isGpu(name: string, wanted: string): boolean {
  const asked = words(wanted);
  if (asked.length === 0) return false;
  const has = words(name);
  const isPlain = !forms.some((form) => has.includes(form));
  return (
    asked.every((word) => has.includes(word) || (word === 'pcie' && isPlain)) &&
    variants.every((word) => has.includes(word) === asked.includes(word))
  );
}

/** `rtx4090` → `rtx`, `4090`; `A100-SXM4-80GB` → `a100`, `sxm`, `80gb`; `RTX 4070S Ti` → `rtx`, `4070`, `super`, `ti`. */
function words(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replace(/\b(rtx|gtx)(?=\d|a\d)/g, '$1 ')
      .replace(/(\d+)\s*gb?\b/g, '$1gb')
      .replace(/\b(a?\d{4})(ti|super|s|ada|d)(?![a-z])/g, '$1 $2')
      .split(/[^a-z0-9]+/)
      // The driver calls an H100 SXM `H100 80GB HBM3`.
      .map((word) => word.replace(/^(sxm\d|hbm3)$/, 'sxm').replace(/^(sup|s)$/, 'super'))
      .filter((word) => word !== '' && !noise.has(word))
  );
}
