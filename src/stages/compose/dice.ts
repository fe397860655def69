/** Chance that is the same every time. */
export interface Dice {
  /** 0 to 1, 1 left out. */
  roll(): number;
  /** Around 0, with a spread of 1, never beyond 2.5. */
  sway(): number;
  /** One of them. @throws RangeError when there is none */
  pick<T>(choices: readonly T[]): T;
  /** Whether something of this probability happens. */
  happens(probability: number): boolean;
  /** Chance of its own for one thing, so that a change elsewhere does not move it. */
  branch(name: string): Dice;
}

/** Chance that depends on a seed alone (FNV-1a over the name, then mulberry32; both public domain). */
export function createDice(seed: number, name = ''): Dice {
  let state = 0x81_1c_9d_c5 ^ Math.imul(seed | 0, 0x9e_37_79_b1) ^ Math.floor(seed / 2 ** 32);
  for (let index = 0; index < name.length; index++) {
    state = Math.imul(state ^ name.charCodeAt(index), 0x01_00_01_93);
  }
  const roll = () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    roll,
    // Twelve even chances added up are as good as normal.
    sway: () => Math.max(-2.5, Math.min(2.5, Array.from({ length: 12 }, roll).reduce((a, b) => a + b) - 6)),
    pick(choices) {
      const chosen = choices[Math.floor(roll() * choices.length)];
      if (chosen === undefined) throw new RangeError('There is nothing to pick from.');
      return chosen;
    },
    happens: (probability) => roll() < probability,
    branch: (own) => createDice(seed, `${name}/${own}`),
  };
}
