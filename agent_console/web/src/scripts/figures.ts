/**
 * A script's figures as its page shows them: which graph, how wide a way, how long a step, in words.
 *
 * The rule of this file: no DOM, so all of it is tested in plain node.
 */
import type { GraphStep, StepFigureView, VersionFigureView } from '../generated/wire'
import { shapeOf, type Shape } from './graph'

const WIDEST = 11 // pixels, of a way that every run takes

/** How long, in a few characters: 42 s, 3:05 min, 1:12 h. */
export function span(milliseconds: number | null): string {
  if (milliseconds === null) return '–'
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)} min`
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))} h`
}

/** A share in whole per cent; what is there at all is at least 1, and what is not all at most 99. */
export function share(part: number, whole: number): number {
  if (whole === 0) return 0
  const rounded = Math.round((100 * part) / whole)
  if (rounded === 0 && part > 0) return 1
  return rounded === 100 && part < whole ? 99 : rounded
}

export const stepsOf = (version: VersionFigureView) => new Map(version.steps.map((one) => [one.step_id, one]))

/** What stands in the node of a step, below its title. */
export const noteOf = (step: StepFigureView | undefined) => (step ? `${step.reached} · ${span(step.median)}` : '0')

/** The graph with nodes wide enough for their figures. */
export function figureShape(steps: readonly GraphStep[], version: VersionFigureView): Shape {
  const found = stepsOf(version)
  const shape = shapeOf(steps)
  const widen = (title: string, note: string) => (note.length + 6 > title.length ? title.padEnd(note.length + 6) : title)
  return {
    ...shape,
    nodes: shape.nodes.map((node) =>
      node.kind === 'step' ? { ...node, title: widen(node.title, noteOf(found.get(node.id))) } : node,
    ),
  }
}

/** How often each way was taken, by `from to` as the edges of the graph are named. */
export const waysOf = (version: VersionFigureView) =>
  new Map(version.ways.map((one) => [`${one.from_step} ${one.to_step}`, one.count]))

/** The width of a way: its area stands for the runs, and one that nobody takes is a thin line. */
export const widthOfWay = (count: number, runs: number) => (runs === 0 || count === 0 ? 1 : 1 + ((WIDEST - 1) * Math.min(count, runs)) / runs)

/** Every outcome that was reached in any version, in the order of the alphabet. */
export const outcomesOf = (versions: readonly VersionFigureView[]) =>
  [...new Set(versions.flatMap((one) => Object.keys(one.whole.outcomes)))].sort()
