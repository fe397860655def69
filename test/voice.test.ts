import { expect, test } from 'vitest';
import { speakAndHear } from '../bench/voice.ts';

test('what the carried voice says is understood: at most one word in ten is heard otherwise, numbers and names too', async () => {
  for await (const { name, errors, startErrorsMs, integratedLufs } of speakAndHear(['hook', 'hard'])) {
    expect(errors.rate, name).toBeLessThanOrEqual(0.1);
    // Two clocks that know nothing of each other: the voice's phones, and the ear's attention.
    const sizes = startErrorsMs.map(Math.abs).toSorted((a, b) => a - b);
    expect(sizes.length).toBeGreaterThan(35);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThan(60);
    expect(Math.abs(integratedLufs + 23.4)).toBeLessThan(1.5);
  }
});
