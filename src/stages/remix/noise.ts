/** Numbers of −1 to 1 that depend on a seed and a name alone (FNV-1a, then mulberry32; both public domain). */
export function createNoise(seed: number): (name: string) => number {
  return (name) => {
    let hash = 0x81_1c_9d_c5 ^ Math.imul(seed | 0, 0x9e_37_79_b1);
    for (let index = 0; index < name.length; index++) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01_00_01_93);
    }
    let state = (hash + 0x6d_2b_79_f5) | 0;
    state = Math.imul(state ^ (state >>> 15), 1 | state);
    state = (state + Math.imul(state ^ (state >>> 7), 61 | state)) ^ state;
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
