/**
 * The text of a script in CodeMirror, loaded on demand.
 *
 * The rule of this file: it colours lines and shows problems; what they mean, the hub's parser says. The Tab key goes on
 * to the next field, so nobody is caught in the text.
 */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { EditorState, RangeSetBuilder, type Extension } from '@codemirror/state'
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view'
import type { ScriptProblemView } from '../generated/wire'
import { t } from './words'
import { noteGutter, setNotes, type NotedLine } from './note-gutter'

const KINDS: readonly [RegExp, string][] = [
  [/^## /, 'step'],
  [/^# /, 'example'],
  [/^!>/, 'must'],
  [/^>/, 'say'],
  [/^- \[[1-9]\]/, 'choice'],
  [/^->/, 'way'],
  [/^\+\+\+|^\[|^[a-z_]+ = /, 'head'],
  [/^\{\{/, 'field'],
]

const lines = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = paint(view)
    }
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged) this.decorations = paint(update.view)
    }
  },
  { decorations: (plugin) => plugin.decorations },
)

function paint(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>()
  for (const { from, to } of view.visibleRanges)
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at)
      const kind = KINDS.find(([begin]) => begin.test(line.text))
      if (kind) builder.add(line.from, line.from, Decoration.line({ class: `script-${kind[1]}` }))
      at = line.to + 1
    }
  return builder.finish()
}

const looks = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', background: 'var(--panel)', color: 'var(--ink)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { background: 'var(--sunk)', color: 'var(--ink-2)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { background: 'var(--hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--accent-soft)',
  },
  '.cm-tooltip': { background: 'var(--raised)', color: 'var(--ink)', border: '1px solid var(--line-strong)' },
  '.cm-diagnostic': { padding: '4px 8px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.script-step': { fontWeight: '650', color: 'var(--accent-strong)' },
  '.script-example': { fontWeight: '650', color: 'var(--ink-2)' },
  '.script-must': { color: 'var(--warn)' },
  '.script-choice, .script-way': { color: 'var(--accent-strong)' },
  '.script-head, .script-field': { color: 'var(--ink-2)' },
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: 'none' },
  '.cm-collapsedLines': { background: 'var(--sunk)', color: 'var(--ink-2)', padding: '2px 12px' },
  '.cm-deletedChunk': { background: 'var(--bad-soft)', paddingLeft: '4px' },
  '.cm-changedLine': { background: 'var(--ok-soft)' },
  '.cm-changedText, .cm-deletedText': { background: 'none', textDecoration: 'underline' },
})

export interface Code {
  readonly text: string
  readonly isComposing: boolean
  replace(text: string): void
  change(from: number, to: number, text: string): void
  showProblems(problems: readonly ScriptProblemView[]): void
  showNotes(lines: readonly NotedLine[]): void
  goTo(line: number): void
  focus(): void
  end(): void
}

export interface Hearing {
  label: string
  changed: (text: string) => void
  moved: (line: number) => void
  save: () => void
}

export function openCode(parent: HTMLElement, text: string, hearing: Hearing): Code {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        noteGutter,
        history(),
        drawSelection(),
        highlightActiveLine(),
        lintGutter(),
        lines,
        looks,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': hearing.label, spellcheck: 'false', tabindex: '0' }),
        keymap.of([
          { key: 'Mod-s', preventDefault: true, run: () => (hearing.save(), true) },
          ...defaultKeymap,
          ...historyKeymap,
          ...lintKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) hearing.changed(update.state.doc.toString())
          if (update.docChanged || update.selectionSet) hearing.moved(lineOf(update.state))
        }),
      ],
    }),
  })
  return {
    get text() {
      return view.state.doc.toString()
    },
    get isComposing() {
      return view.composing
    },
    replace: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    change: (from, to, next) => view.dispatch({ changes: { from, to, insert: next } }),
    showProblems: (problems) => view.dispatch(setDiagnostics(view.state, problems.map((one) => read(view.state, one)))),
    showNotes: (noted) => view.dispatch({ effects: setNotes.of(noted) }),
    goTo: (line) => {
      const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines)).from
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) })
      view.focus()
    },
    focus: () => view.focus(),
    end: () => view.destroy(),
  }
}

/** Two texts as one, with what was taken out and what was put in. */
export function openDiff(parent: HTMLElement, before: string, after: string, label: string): { end: () => void } {
  const extensions: Extension[] = [
    lineNumbers(),
    lines,
    looks,
    EditorView.lineWrapping,
    EditorState.readOnly.of(true),
    EditorState.phrases.of({ '$ unchanged lines': t('diff.unchanged') }),
    EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', tabindex: '0' }),
    unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }),
  ]
  const view = new EditorView({ parent, state: EditorState.create({ doc: after, extensions }) })
  return { end: () => view.destroy() }
}

const lineOf = (state: EditorState) => state.doc.lineAt(state.selection.main.head).number

function read(state: EditorState, problem: ScriptProblemView) {
  const line = state.doc.line(Math.min(Math.max(1, problem.line), state.doc.lines))
  const from = Math.min(line.from + problem.column - 1, line.to)
  return {
    from,
    to: line.to,
    severity: problem.is_error ? ('error' as const) : ('warning' as const),
    message: problem.words,
  }
}
