/**
 * The most tokens that speech of this length can hold: Moonshine's makers advise 6.5 a second
 * (https://huggingface.co/UsefulSensors/moonshine-tiny); four more for very short pieces.
 */
export function maxTokens(durationMs: number): number {
  return Math.ceil((durationMs / 1000) * 6.5) + 4;
}

/** How often a group of tokens may follow itself before it is a loop: people do say "no no no no". */
const allowedRepeats = [
  { upToTokens: 2, repeats: 7 },
  { upToTokens: 5, repeats: 5 },
  { upToTokens: 16, repeats: 3 },
] as const;

/** How often a loop is kept when the rest is cut off. */
const keptRepeats = 2;

/**
 * Whether the end of what was recognised is a loop: a group of 1 to 16 tokens said over and over.
 * @returns how many tokens to keep, or undefined when there is no loop
 */
export function findLoop(tokens: readonly number[]): number | undefined {
  let size = 1;
  for (const { upToTokens, repeats } of allowedRepeats) {
    for (; size <= upToTokens; size++) {
      const length = size * (repeats + 1);
      if (tokens.length < length) continue;
      const start = tokens.length - length;
      let at = start + size;
      while (at < tokens.length && tokens[at] === tokens[at - size]) at++;
      if (at === tokens.length) return start + size * keptRepeats;
    }
  }
  return undefined;
}
