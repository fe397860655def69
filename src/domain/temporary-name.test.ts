import { expect, test } from 'vitest';
import { isLeftover, temporaryFileName, temporaryFolderPrefix } from './temporary-name.ts';

const dayMs = 24 * 60 * 60 * 1000;

test('what a running process made is nobody else’s to remove, until it is a day old', () => {
  for (const name of [temporaryFileName('.mp4'), `${temporaryFolderPrefix('render')}Ab12Cd`]) {
    expect(isLeftover(name, Date.now())).toBe(false);
    expect(isLeftover(name, Date.now() - dayMs - 1000)).toBe(true);
  }
});

test('what a process that is gone made was left behind, if it ran on this machine', () => {
  for (const name of [temporaryFileName(), `${temporaryFolderPrefix('sound')}Ab12Cd`]) {
    const ofNobody = name.replace(`-${process.pid}-`, '-999999999-');
    expect(isLeftover(ofNobody, Date.now())).toBe(true);
    expect(isLeftover(ofNobody.replace(/-[0-9a-f]{8}-/u, '-00000000-'), Date.now())).toBe(false);
  }
});

test('other files are left alone, however old', () => {
  for (const name of ['talk.part', '.pivot-manifest.json', 'pivot-render', '.hidden.part']) {
    expect(isLeftover(name, 0)).toBe(false);
  }
});
