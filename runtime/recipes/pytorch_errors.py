"""What ends a training of the pytorch recipe with a sentence instead of a stack."""


class TrainingError(Exception):
    """One sentence for a person: what is wrong and what to do."""
