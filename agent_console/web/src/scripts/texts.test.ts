import { expect, test } from 'vitest'
import type { CheckView } from '../generated/wire'
import { beginText, differences, findVersion, raised } from './texts'

test('a script begins with a head, one step and an end', () => {
  const text = beginText('spring', 'Spring "sale"', 'zh-CN')
  expect(text).toContain('title = "Spring \\"sale\\""')
  expect(text).toContain('## hello: 问候')
})

test('the version is found in the head alone', () => {
  const text = '+++\nid = "a"\nversion = 12\n+++\n\nversion = 3\n'
  expect(findVersion(text)).toEqual({ from: 23, to: 25, version: 12 })
  expect(findVersion('version = 3')).toBeNull()
  expect(raised(text, text)?.version).toBe(13)
  expect(raised(text.replace('12', '13'), text)).toBeNull()
})

const checked = (...steps: [id: string, line: number, last: number, target: string][]): CheckView => ({
  title: '',
  problems: [],
  steps: steps.map(([id, line, last_line, target]) => ({
    id,
    title: id,
    line,
    last_line,
    fields: 0,
    statements: 0,
    is_reachable: true,
    ways: [{ key: '', label: '', target, outcome: '', line: last_line }],
  })),
})

test('two texts differ step by step', () => {
  const before = 'head\n## a\nx\n## b\ny\n## c\nz'
  const after = 'HEAD\n## a\nx!\n## b\ny\n## d\nz'
  expect(
    differences(
      [before, checked(['a', 2, 3, 'b'], ['b', 4, 5, 'c'], ['c', 6, 7, 'end'])],
      [after, checked(['a', 2, 3, 'b'], ['b', 4, 5, 'd'], ['d', 6, 7, 'end'])],
    ),
  ).toEqual([
    { kind: 'head', step: '' },
    { kind: 'removed', step: 'c' },
    { kind: 'words', step: 'a' },
    { kind: 'ways', step: 'b' },
    { kind: 'added', step: 'd' },
  ])
})
