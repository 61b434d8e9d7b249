import { openPage } from '../shared/page'
import Imports from './Imports.svelte'

openPage(Imports)
