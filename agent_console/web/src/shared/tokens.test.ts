/** Text has enough contrast on every surface that it may be on, in the light and in the dark theme. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')

const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name = '', light = '', dark = '']) => [
    name,
    { light, dark },
  ]),
)

const SURFACES = ['bg', 'panel', 'sunk', 'raised', 'hover', 'accent-soft']
const ON: Record<string, readonly string[]> = {
  ink: [...SURFACES, 'ok-soft', 'warn-soft', 'bad-soft'],
  'ink-2': [...SURFACES, 'warn-soft'],
  accent: [...SURFACES, 'warn-soft'],
  ok: [...SURFACES, 'ok-soft'],
  warn: [...SURFACES, 'warn-soft'],
  bad: [...SURFACES, 'bad-soft'],
  platinum: ['platinum-soft'],
  gold: ['gold-soft'],
  'on-accent': ['accent', 'accent-strong'],
}

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

const pairs = Object.entries(ON).flatMap(([text, surfaces]) => surfaces.map((surface) => ({ text, surface })))

test.each(pairs)('$text on $surface has a contrast of 4.5:1 in both themes', ({ text, surface }) => {
  for (const mode of ['light', 'dark'] as const) {
    const [above, below] = [tokens.get(text)?.[mode], tokens.get(surface)?.[mode]]
    expect(above && below && contrast(above, below), `${mode}: ${above} on ${below}`).toBeGreaterThanOrEqual(4.5)
  }
})
