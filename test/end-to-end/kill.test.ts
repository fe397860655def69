import { expect, it } from 'vitest';
import { makeTalk } from '../fixtures/talk.ts';
import { runKillRounds } from './kill-rounds.ts';

// What is left is looked for in /proc. `npm run bench -- kill` does the same twenty times.
it.skipIf(process.platform !== 'linux')(
  'survives kill -9 of the parent: the next run finishes, nothing is half done or done twice, nobody is left',
  { timeout: 400_000 },
  async () => {
    const { path } = await makeTalk();
    const rounds = await runKillRounds({ mediaPath: path, rounds: 1, clips: 2 });
    expect(rounds.flatMap((round) => round.problems)).toEqual([]);
  },
);
