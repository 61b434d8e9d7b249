/**
 * Marks in the margin of a script's text: how many notes agents have written of the step that begins there.
 *
 * The rule of this file: it draws numbers. The list beside the text says the same in words, for those who cannot see it.
 */
import { RangeSet, StateEffect, StateField, type EditorState } from '@codemirror/state'
import { EditorView, gutter, GutterMarker } from '@codemirror/view'

export interface NotedLine {
  line: number
  count: number
}

class Mark extends GutterMarker {
  constructor(readonly count: number) {
    super()
  }

  override eq(other: Mark) {
    return other.count === this.count
  }

  override toDOM() {
    const mark = document.createElement('span')
    mark.className = 'cm-note'
    mark.textContent = String(this.count)
    return mark
  }
}

export const setNotes = StateEffect.define<readonly NotedLine[]>()

const marks = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(set, change) {
    let next = set.map(change.changes)
    for (const effect of change.effects) if (effect.is(setNotes)) next = place(change.state, effect.value)
    return next
  },
})

function place(state: EditorState, noted: readonly NotedLine[]): RangeSet<GutterMarker> {
  const known = noted.filter(({ line }) => line >= 1 && line <= state.doc.lines).sort((a, b) => a.line - b.line)
  return RangeSet.of(known.map(({ line, count }) => new Mark(count).range(state.doc.line(line).from)))
}

export const noteGutter = [
  marks,
  gutter({ class: 'cm-notes', markers: (view) => view.state.field(marks) }),
  EditorView.theme({
    '.cm-notes': { minWidth: '4px' },
    '.cm-note': {
      display: 'inline-block',
      minWidth: '16px',
      padding: '0 4px',
      borderRadius: '8px',
      background: 'var(--warn)',
      color: 'var(--panel)',
      fontSize: '11px',
      fontWeight: '650',
      lineHeight: '16px',
      textAlign: 'center',
    },
  }),
]
