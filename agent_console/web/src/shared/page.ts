/** Starts a staff page: loads the styles and mounts one component in the root element. */
import './tokens.css'
import './base.css'
import './theme.svelte'
import { mount, type Component } from 'svelte'

export function openPage(page: Component): void {
  const target = document.getElementById('app')
  if (!target) throw new Error('the page has no element #app')
  mount(page, { target })
}
