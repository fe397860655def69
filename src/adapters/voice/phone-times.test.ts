import { expect, test } from 'vitest';
import { readPhones, readPhonesOfWords, timeByPhones } from './phone-times.ts';

test('words are where their phones are, however they are said there', () => {
  const phones = readPhones(
    'pau:0.100 dh:0.150 iy:0.200 ae:0.300 p:0.350 pau:0.450 d:0.500 aa:0.600 k:0.650 \n',
  );
  const own = readPhonesOfWords('pau dh ax pau \npau ae p pau \npau d r pau \n', 3);
  expect(timeByPhones(['The', 'app,', 'Dr.'], own!, phones!)).toEqual([
    { text: 'The', startMs: 100, endMs: 200 },
    { text: 'app,', startMs: 200, endMs: 350 },
    { text: 'Dr.', startMs: 450, endMs: 650 },
  ]);
});

test('utterances lie one after another', () => {
  const phones = readPhones('pau:0.1 ay:0.2 pau:0.3 \npau:0.1 y:0.2 uw:0.3 pau:0.4 \n')!;
  expect(timeByPhones(['I', 'you'], [['ay'], ['y', 'uw']], phones)).toEqual([
    { text: 'I', startMs: 100, endMs: 200 },
    { text: 'you', startMs: 400, endMs: 600 },
  ]);
});

test('what is printed otherwise is not guessed at', () => {
  expect(readPhones('times faster than real-time: 7.7\n')).toBeUndefined();
  expect(readPhonesOfWords('pau ay pau \n', 2)).toBeUndefined();
  expect(readPhonesOfWords('pau pau \n', 1)).toBeUndefined();
});
