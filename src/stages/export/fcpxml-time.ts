import type { Rational } from '../../domain/time.ts';

/**
 * A count of frames as FCPXML writes times: a fraction of seconds, exact at any rate. `divisor` is a speed: source frames
 * in the time that they take.
 */
export function formatSeconds(
  frames: number,
  rate: Rational,
  divisor: Rational = { num: 1, den: 1 },
): string {
  const numerator = BigInt(frames) * BigInt(rate.den) * BigInt(divisor.den);
  const denominator = BigInt(rate.num) * BigInt(divisor.num);
  if (numerator % denominator === 0n) return `${numerator / denominator}s`;
  // Reduced only where a speed makes parts large: editors show fractions of the frame rate as they are.
  if (divisor.num === 1 && divisor.den === 1) return `${numerator}/${denominator}s`;
  const common = greatestDivisor(numerator, denominator);
  return `${numerator / common}/${denominator / common}s`;
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
