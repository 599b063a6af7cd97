"""A function that a DAG calls: it gets the output of another task and returns its own."""

from statistics import mean, median


def statistics_of(numbers):
    print(f"{len(numbers)} numbers")
    return {"count": len(numbers), "mean": mean(numbers), "median": median(numbers)}
