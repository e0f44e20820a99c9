/** Medians of paired measurements, and how far to trust them. */

/** @returns the middle one of the values; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** A median of ratios, and its standard error, by the median of absolute deviations (as of a normal distribution). */
export interface Ratio {
  readonly median: number;
  readonly error: number;
}

/** @returns the ratio of two series, pair by pair. */
export function ratioOf(withIt: readonly number[], without: readonly number[]): Ratio {
  const ratios = withIt.map((value, i) => value / without[i]!);
  const middle = median(ratios);
  const deviation = 1.4826 * median(ratios.map((ratio) => Math.abs(ratio - middle)));
  return { median: middle, error: (1.2533 * deviation) / Math.sqrt(ratios.length) };
}
