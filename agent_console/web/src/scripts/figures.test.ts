import { describe, expect, it } from 'vitest'
import type { GraphStep, VersionFigureView } from '../generated/wire'
import { figureShape, noteOf, outcomesOf, share, span, waysOf, widthOfWay } from './figures'

const step = (id: string, target: string, outcome = ''): GraphStep => ({
  id,
  title: id,
  line: 1,
  last_line: 2,
  fields: 0,
  statements: 0,
  is_reachable: true,
  ways: [{ key: '', label: '', target, outcome, line: 2 }],
})
const version: VersionFigureView = {
  version: 2,
  under_way: 1,
  whole: { name: '', runs: 10, finished: 4, outcomes: { sold: 4 } },
  steps: [{ step_id: 'a', reached: 10, dropped: 3, left: 7, median: 42_000, p90: 185_000 }],
  ways: [
    { from_step: 'a', to_step: 'b', count: 7 },
    { from_step: 'b', to_step: 'end:sold', count: 4 },
  ],
  tiers: [],
  segments: [],
}

describe('the figures of a script', () => {
  it('say how long in a few characters', () => {
    expect([null, 0, 59_400, 59_600, 185_000, 4_320_000].map(span)).toEqual(['–', '0 s', '59 s', '1:00 min', '3:05 min', '1:12 h'])
  })
  it('round no share to nothing or to all that is neither', () => {
    expect([share(0, 0), share(1, 1000), share(999, 1000), share(1, 3), share(5, 5)]).toEqual([0, 1, 99, 33, 100])
  })
  it('stand in the nodes and on the ways of the graph', () => {
    const shape = figureShape([step('a', 'b'), step('b', 'end', 'sold')], version)
    expect(shape.nodes.map((one) => one.title.trim())).toEqual(['a', 'b', 'sold'])
    expect(noteOf(version.steps[0])).toBe('10 · 42 s')
    expect(shape.nodes[0]?.title.length).toBeGreaterThan(noteOf(version.steps[0]).length)
    const ways = waysOf(version)
    expect(shape.edges.map((one) => ways.get(`${one.from} ${one.to}`))).toEqual([7, 4])
    expect(outcomesOf([version])).toEqual(['sold'])
  })
  it('draw the wider a way, the more runs take it', () => {
    expect([widthOfWay(0, 10), widthOfWay(5, 10), widthOfWay(10, 10), widthOfWay(20, 10), widthOfWay(0, 0)]).toEqual([1, 6, 11, 11, 1])
  })
})
