import { useEffect, useState, type ReactNode } from 'react'
import { formatSize } from '../lib/format'

interface Properties {
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly accept: string
}

interface Choice {
  readonly file: File
  /** The address of the picture, if it is one. */
  readonly preview: string | undefined
}

/** A file input that shows what was chosen; a picture as itself. */
export function FilePicker({ name, label, hint, accept }: Properties): ReactNode {
  const [choice, setChoice] = useState<Choice>()
  const preview = choice?.preview
  // The picture is kept in memory until its address is given back.
  useEffect(() => () => (preview === undefined ? undefined : URL.revokeObjectURL(preview)), [preview])

  function choose(file: File | undefined): void {
    const isPicture = file?.type.startsWith('image/') === true
    setChoice(file && { file, preview: isPicture ? URL.createObjectURL(file) : undefined })
  }

  return (
    <label className={choice === undefined ? 'picker' : 'picker chosen'}>
      <span className="picker-label">{label}</span>
      {preview !== undefined && <img src={preview} alt="" />}
      <span className="picker-state">
        {choice === undefined ? hint : `${choice.file.name} · ${formatSize(choice.file.size)}`}
      </span>
      <input
        type="file"
        name={name}
        accept={accept}
        aria-label={label}
        onChange={({ currentTarget }) => choose(currentTarget.files?.[0])}
      />
    </label>
  )
}
