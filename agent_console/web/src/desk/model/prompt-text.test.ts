import { describe, expect, it } from 'vitest'
import type { BlockView } from '../../generated/wire'
import { Draft } from './drafts.svelte'
import { insert, textOf } from './prompt-text'

const block = (kind: BlockView['kind'], ...texts: string[]): BlockView => ({
  kind,
  spans: texts.map((text) => ({ text, style: 'plain' })),
})

describe('the words of a prompt in a reply', () => {
  it('keep their paragraphs and points', () => {
    const blocks = [
      block('paragraph', 'Dear ', 'Pia', ', please bring:'),
      block('bullet', 'a card'),
      block('bullet', 'the letter'),
      block('paragraph', 'Then:'),
      block('numbered', 'sign'),
      block('numbered', 'send'),
    ]
    expect(textOf(blocks)).toBe('Dear Pia, please bring:\n\n• a card\n• the letter\n\nThen:\n\n1. sign\n2. send')
  })

  it('stand behind what the agent has written, and are not sent', () => {
    const draft = new Draft({ tab: 'note', reply: 'Hello Pia,\n' }, () => {})
    insert(draft, 'we are looking for it.')
    expect([draft.get('tab'), draft.get('reply')]).toEqual(['reply', 'Hello Pia,\n\nwe are looking for it.'])
    const empty = new Draft({}, () => {})
    insert(empty, 'Hello')
    expect(empty.get('reply')).toBe('Hello')
  })
})
