import { expect, test } from 'vitest';
import { contrastOf, readableOn } from './color-contrast.ts';

test('contrast goes from 1 for the same colour to 21 for black on white', () => {
  expect(contrastOf('#336699', '#336699')).toBe(1);
  expect(contrastOf('#000000', '#FFFFFF')).toBeCloseTo(21, 5);
  // The grey that WCAG's own examples call just enough for small letters on white.
  expect(contrastOf('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
});

test('a colour that cannot be read on another gives way to black or white', () => {
  expect(readableOn('#14181F', '#FFE500')).toBe('#FFE500');
  expect(readableOn('#FFE500', '#FFFFFF')).toBe('#000000');
  expect(readableOn('#14181F', '#202020')).toBe('#FFFFFF');
});
