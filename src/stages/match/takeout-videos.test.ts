import { expect, it } from 'vitest';
import { readTakeoutTable } from './takeout-videos.ts';

const english =
  '\uFEFFVideo ID,Approx Duration (ms),Video Audio Language,Video Category,Video Description (Original),Channel ID,Tag 1,Video Title (Original),Privacy,Video State,Video Create Timestamp,Video Publish Timestamp\r\n' +
  'dQw4w9WgXcQ,212091,en,Music,"A song, with ""quotes""\nand lines",UC0123456789abcdefghijkl,pop,"Never, ever",Public,Processed,2009-10-24T06:57:33+00:00,2009-10-25T06:57:33+00:00\r\n' +
  'aaaaaaaaaa1,60000,,Music,,UC0123456789abcdefghijkl,,Unnamed,Private,Processed,2010-10-24T06:57:33+00:00,\r\n';

it('reads the table that Takeout writes in English', () => {
  expect(readTakeoutTable(english)).toEqual([
    {
      id: 'dQw4w9WgXcQ',
      title: 'Never, ever',
      durationMs: 212_091,
      publishedAt: '2009-10-25T06:57:33.000Z',
      channelId: 'UC0123456789abcdefghijkl',
    },
    { id: 'aaaaaaaaaa1', title: 'Unnamed', durationMs: 60_000, channelId: 'UC0123456789abcdefghijkl' },
  ]);
});

it('reads it in German by its names, and in a language that nobody foresaw by its values', () => {
  const german =
    'Video-ID,Ungefähre Dauer (ms),Videotitel (Original),Videobeschreibung (Original)\nabcdefghijk,60000,Ein Titel,Kurz\n';
  expect(readTakeoutTable(german)).toEqual([{ id: 'abcdefghijk', title: 'Ein Titel', durationMs: 60_000 }]);
  const french =
    'ID de la vidéo,Durée approximative (ms),Description de la vidéo (originale),ID de la chaîne,Titre de la vidéo (original),Code temporel\n' +
    `abcdefghijk,60000,"${'Une longue description. '.repeat(20)}",UC0123456789abcdefghijkl,Le titre,2024-05-01T10:00:00+02:00\n`;
  expect(readTakeoutTable(french)).toEqual([
    {
      id: 'abcdefghijk',
      title: 'Le titre',
      durationMs: 60_000,
      channelId: 'UC0123456789abcdefghijkl',
      publishedAt: '2024-05-01T08:00:00.000Z',
    },
  ]);
});

it('takes no other table for one of videos, and nothing that is broken', () => {
  for (const text of [
    '',
    'Video ID\n',
    'Comment ID,Video ID,Comment Text\nUg1,dQw4w9WgXcQ,Hello\n',
    'Video ID,Playlist Video Creation Timestamp\ndQw4w9WgXcQ,2024-05-01T10:00:00+00:00\n',
    '"'.repeat(100_000),
    '\0\u0001\u0002',
  ]) {
    expect(readTakeoutTable(text)).toBeUndefined();
  }
  const bad = english.replace('212091', '99999999999999999999').replace('aaaaaaaaaa1', '../../etc/x');
  expect(readTakeoutTable(bad)).toMatchObject([{ id: 'dQw4w9WgXcQ', title: 'Never, ever' }]);
});
