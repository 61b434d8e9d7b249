import { expect, test } from 'vitest'
import { PRESSED_TWICE_MS } from './agent-commands'
import { DoublePress } from './double-press'

test('the second Enter does nothing once the first has brought work', () => {
  const press = new DoublePress()
  expect(press.entered(1_000)).toBe(false)
  press.arrived(1_100)
  expect(press.entered(1_200)).toBe(true)
  expect(press.entered(1_300)).toBe(false)
})

test('two Enters that bring no work are two, and so are two that are far apart', () => {
  const press = new DoublePress()
  expect(press.entered(1_000)).toBe(false)
  expect(press.entered(1_100)).toBe(false)
  press.arrived(1_150)
  expect(press.entered(1_100 + PRESSED_TWICE_MS)).toBe(false)
})

test('whoever takes work by the mouse just after an Enter may press Enter at once', () => {
  const press = new DoublePress()
  expect(press.entered(1_000)).toBe(false) // the name of the customer before is kept
  press.acted() // the offer is accepted by a click
  press.arrived(1_200)
  expect(press.entered(1_300)).toBe(false)
})
