import { openPage } from '../shared/page'
import People from './People.svelte'

openPage(People)
