/** `kill -9` of the parent at 20 random moments (or as many as said): what is left, half done or done twice. Linux. */
import { makeTalk } from '../test/fixtures/talk.ts';
import { runKillRounds } from '../test/end-to-end/kill-rounds.ts';

/** Runs the rounds and prints each. `args[0]` is how many. */
export async function run(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 20);
  const { path } = await makeTalk();
  const results = await runKillRounds({
    mediaPath: path,
    rounds,
    clips: 3,
    onRound: ({ killedAfterMs, finishedClips, problems }) => {
      const seconds = (killedAfterMs / 1000).toFixed(1).padStart(5);
      console.log(
        `killed after ${seconds} s, ${finishedClips} clips finished: ${problems.join('; ') || 'fine'}`,
      );
    },
  });
  const bad = results.filter((round) => round.problems.length > 0).length;
  console.log(`${results.length - bad} of ${results.length} rounds without a problem`);
  if (bad > 0) process.exitCode = 1;
}
