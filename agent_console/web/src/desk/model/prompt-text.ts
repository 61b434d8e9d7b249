/** The words of a script's prompt as the text of a reply: one paragraph a line apart, points with a dot or a number. */
import type { BlockView } from '../../generated/wire'
import type { Draft } from './drafts.svelte'

export function textOf(blocks: readonly BlockView[]): string {
  let words = ''
  let last = ''
  let number = 0
  for (const { kind, spans } of blocks) {
    number = kind === 'numbered' ? number + 1 : 0
    const mark = { paragraph: '', bullet: '• ', numbered: `${number}. ` }[kind]
    const gap = words === '' ? '' : kind === 'paragraph' || kind !== last ? '\n\n' : '\n'
    words += gap + mark + spans.map(({ text }) => text).join('')
    last = kind
  }
  return words
}

/** Puts words into the reply, behind what the agent has written already. They are sent by the agent alone. */
export function insert(draft: Draft, words: string): void {
  const written = draft.get('reply').trimEnd()
  draft.set('tab', 'reply')
  draft.set('reply', written === '' ? words : `${written}\n\n${words}`)
}
