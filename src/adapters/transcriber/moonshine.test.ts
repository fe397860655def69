import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeTranscriber, type KnownSpeech } from '../../../test/contracts/transcriber.ts';
import { createFlite } from '../voice/flite.ts';
import { createMoonshine } from './moonshine.ts';

const texts = [
  'The old library stood at the corner of the market square. Every morning, the keeper opened its heavy doors.',
  'Nobody knows how many letters were lost.',
] as const;

async function speak(): Promise<readonly [KnownSpeech, KnownSpeech]> {
  const voice = createFlite();
  const say = async (text: string) => {
    const { samples, sampleRateHz } = await voice.speak(text, {});
    expect(sampleRateHz).toBe(16_000);
    return { samples, text };
  };
  const spoken = [await say(texts[0]), await say(texts[1])] as const;
  await voice.close();
  return spoken;
}

describeTranscriber('Moonshine', () => createMoonshine({ processes: 1 }), speak);

it.skipIf(process.platform === 'win32')(
  'starts a process again that died while it worked, and gives the result',
  async () => {
    const transcriber = createMoonshine({ processes: 1 });
    const [, { samples }] = await speak();
    const result = transcriber.transcribe([{ samples, startMs: 0 }], {});
    // Time enough to start, too little to load the model.
    await setTimeout(200);
    expect(killChildren('moonshine.child')).toBe(1);
    expect((await result)[0]!.words.length).toBeGreaterThan(3);
    await transcriber.close();
  },
);

it('hears no words in silence, in noise, or in samples that are no numbers', async () => {
  const transcriber = createMoonshine({ processes: 1 });
  const noise = Float32Array.from({ length: 32_000 }, (_, at) => 0.1 * Math.sin(at * at));
  const batch = [new Float32Array(32_000), noise, new Float32Array(32_000).fill(Number.NaN)];
  const heard = await transcriber.transcribe(
    batch.map((samples) => ({ samples, startMs: 0 })),
    {},
  );
  expect(heard.map((piece) => piece.words)).toEqual([[], [], []]);
  await transcriber.close();
});

it('refuses pieces that are too long, and an odd number of processes', async () => {
  expect(() => createMoonshine({ processes: 0 })).toThrow(/1 or more/u);
  const transcriber = createMoonshine({ processes: 1 });
  const long = transcriber.transcribe([{ samples: new Float32Array(46 * 16_000), startMs: 0 }], {});
  await expect(long).rejects.toMatchObject({ code: 'input.piece_too_long' });
  await transcriber.close();
});

/** Ends the child processes of this test that run a module of this name. @returns how many */
function killChildren(moduleName: string): number {
  const list = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const mine = list
    .split('\n')
    .filter((line) => Number(line.trim().split(/\s+/u)[1]) === process.pid && line.includes(moduleName));
  for (const line of mine) process.kill(Number(line.trim().split(/\s+/u)[0]), 'SIGKILL');
  return mine.length;
}
