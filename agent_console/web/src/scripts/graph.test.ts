import { expect, test } from 'vitest'
import type { GraphStep } from '../generated/wire'
import { adjust, keepSame, markOf, place, shapeOf, stepAt, wayOf, widthOf } from './graph'

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
  expect(placed.nodes.every((node) => node.x - node.width / 2 >= 0 && node.x + node.width / 2 <= placed.width)).toBe(
    true,
  )
  for (const one of placed.nodes)
    for (const other of placed.nodes)
      if (one !== other)
        expect(
          Math.abs(one.x - other.x) * 2 >= one.width + other.width ||
            Math.abs(one.y - other.y) * 2 >= one.height + other.height,
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

const named = (titles: Record<string, string>) => STEPS.map((one) => ({ ...one, title: titles[one.id] ?? one.title }))
const isApart = (row: { x: number; width: number }[]) =>
  row.every((one, at) => row.slice(at + 1).every((other) => Math.abs(one.x - other.x) * 2 >= one.width + other.width))

test('a longer title grows in its place at once, and pushes only what stands in its way', () => {
  const wide = [
    step('ask', 1, way('one', '1'), way('two', '2'), way('three', '3')),
    ...['one', 'two', 'three'].map((id) => step(id, 2, way('end'))),
  ]
  const before = shapeOf(wide)
  const placed = place(before)
  const after = shapeOf(
    wide.map((one) => (one.id === 'two' ? { ...one, title: 'A much longer title than before' } : one)),
  )
  const drawn = adjust(placed, before, after)!
  const at = Object.fromEntries(drawn.nodes.map((node) => [node.id, node]))
  expect(at.two!.width).toBe(widthOf('A much longer title than before'))
  expect(isApart([at.one!, at.two!, at.three!])).toBe(true)
  expect(drawn.nodes[0]).toBe(placed.nodes[0])
  expect(drawn.nodes.every((node) => node.x - node.width / 2 >= 0 && node.x + node.width / 2 <= drawn.width)).toBe(
    true,
  )
  for (const edge of drawn.edges) {
    const [first, last] = [edge.points[0]!, edge.points.at(-1)!]
    const was = placed.edges.find((one) => one.from === edge.from && one.to === edge.to)!
    const moved = (id: string) => at[id]!.x - placed.nodes.find((node) => node.id === id)!.x
    expect(first.x - was.points[0]!.x).toBeCloseTo(moved(edge.from))
    expect(last.x - was.points.at(-1)!.x).toBeCloseTo(moved(edge.to))
  }
})

test('a drawing stays the same object while no title has another width', () => {
  const placed = place(shapeOf(STEPS))
  expect(adjust(placed, shapeOf(STEPS), shapeOf(named({ ask: 'sak' })))).toBe(placed)
})

test('steps that lead elsewhere must be laid out', () => {
  const placed = place(shapeOf(STEPS))
  const other = [step('ask', 10, way('terms', '1'), way('end', '2', 'sold', 15)), STEPS[1]!]
  expect(adjust(placed, shapeOf(STEPS), shapeOf(other))).toBeNull()
  expect(adjust(placed, shapeOf(STEPS), shapeOf([...STEPS, step('more', 40)]))).toBeNull()
})

test('what a check finds as it was before stays the same object', () => {
  const problem = { line: 1, column: 1, words: 'Odd', is_error: true, path: [] }
  const before = { title: 'A', problems: [], steps: STEPS }
  const copy = () => structuredClone(STEPS)
  const same = keepSame(before, { title: 'B', problems: [], steps: copy() })
  expect([same.title, same.steps === STEPS, same.problems === before.problems]).toEqual(['B', true, true])
  const found = keepSame(before, {
    title: 'A',
    problems: [problem],
    steps: copy().map((one) => (one.id === 'terms' ? { ...one, line: 21 } : one)),
  })
  expect([found.steps[0] === STEPS[0], found.steps[1] === STEPS[1], found.problems]).toEqual([true, false, [problem]])
  expect(keepSame(found, { title: 'A', problems: [problem], steps: copy() }).problems).not.toBe(found.problems) // the text has moved under it
})
