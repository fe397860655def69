import { expect, it } from 'vitest';
import { buildArguments, createYtDlp } from './yt-dlp.ts';

const work = { signal: new AbortController().signal };
const options = {
  path: 'there-is-no-such-program',
  watchUrl: 'https://www.youtube.com/watch?v=',
  env: process.env,
};

it('takes nothing for an id that is none, and says when there is no program', async () => {
  for (const id of ['', '--exec=rm', '../../../etc', 'dQw4w9WgXcQ ', "'; rm -rf"]) {
    await expect(createYtDlp(options).fetch(id, '.', work)).rejects.toMatchObject({ code: 'input.video_id' });
  }
  const missing = createYtDlp(options).fetch('dQw4w9WgXcQ', '.', work);
  await expect(missing).rejects.toMatchObject({ code: 'not_found.yt_dlp' });
});

it('puts the address behind what ends the options, and takes none from the configuration of the user', () => {
  const args = buildArguments({ ...options, cookiesFile: '/home/ada/cookies.txt' }, '-QcKw4w9WgX', '/films');
  expect(args.slice(-4)).toEqual([
    '--cookies',
    '/home/ada/cookies.txt',
    '--',
    'https://www.youtube.com/watch?v=-QcKw4w9WgX',
  ]);
  expect(args[0]).toBe('--ignore-config');
  expect(args.join(' ')).not.toMatch(/--exec|--verbose|--print-traffic/u);
});
