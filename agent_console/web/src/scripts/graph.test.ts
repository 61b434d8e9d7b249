import { expect, test } from 'vitest'
import type { GraphStep } from '../generated/wire'
import { markOf, place, shapeOf, stepAt, wayOf, widthOf } from './graph'

const way = (target: string, key = '', outcome = '', line = 0) => ({ key, label: '', target, outcome, line })
const step = (id: string, line: number, ...ways: GraphStep['ways']): GraphStep => ({
  id,
  title: id,
  line,
  last_line: line + 9,
  fields: 0,
  statements: 0,
  is_reachable: true,
  ways,
})
const STEPS = [
  step('ask', 10, way('terms', '1'), way('terms', '3'), way('end', '2', 'declined', 15)),
  step('terms', 20, way('end', '', 'sold')),
]

test('each outcome is an end of its own, and two choices to one step are one edge', () => {
  const shape = shapeOf(STEPS)
  expect(shape.nodes.map((node) => node.id)).toEqual(['ask', 'terms', 'end:declined', 'end:sold'])
  expect(shape.edges).toEqual([
    { from: 'ask', to: 'terms', keys: '1 3' },
    { from: 'ask', to: 'end:declined', keys: '2' },
    { from: 'terms', to: 'end:sold', keys: '' },
  ])
})

test('a step that does not exist is drawn as missing', () => {
  expect(shapeOf([step('ask', 1, way('trems'))]).nodes[1]).toEqual({ id: 'trems', title: 'trems', kind: 'missing' })
})

test('the layout goes down and no two nodes lie on each other', () => {
  const placed = place(shapeOf(STEPS))
  const at = Object.fromEntries(placed.nodes.map((node) => [node.id, node]))
  expect(at.ask!.y).toBeLessThan(at.terms!.y)
  expect(placed.nodes.every((node) => node.x - node.width / 2 >= 0 && node.x + node.width / 2 <= placed.width)).toBe(true)
  for (const one of placed.nodes)
    for (const other of placed.nodes)
      if (one !== other)
        expect(
          Math.abs(one.x - other.x) * 2 >= one.width + other.width || Math.abs(one.y - other.y) * 2 >= one.height + other.height,
        ).toBe(true)
})

test('the mark stays while only words change', () => {
  const moved = STEPS.map((one) => ({ ...one, line: one.line + 3, statements: 4 }))
  expect(markOf(shapeOf(moved))).toBe(markOf(shapeOf(STEPS)))
})

test('a way around a statement is marked to its end', () => {
  expect(wayOf(['ask', 'end'], STEPS, 15)).toEqual(new Set(['ask', 'end:declined', 'ask end:declined']))
})

test('the cursor is in the step whose lines it stands in', () => {
  expect([9, 10, 19, 20, 30].map((line) => stepAt(STEPS, line))).toEqual(['', 'ask', 'ask', 'terms', ''])
})

test('Chinese titles are given more room', () => {
  expect(widthOf('确认客户身份信息')).toBeGreaterThan(widthOf('Identity'))
})
