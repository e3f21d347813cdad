"""Preparations by name; each lives in a module of its own, imported when it is used."""

COMPONENTS: dict[str, str] = {
    "Center": "kpipe.data.prepare.center:Center",
    "OneHot": "kpipe.data.prepare.one_hot:OneHot",
    "PCA": "kpipe.data.prepare.pca:PCA",
    "Rescale": "kpipe.data.prepare.rescale:Rescale",
    "Resize": "kpipe.data.prepare.resize:Resize",
    "Standardize": "kpipe.data.prepare.standardize:Standardize",
    "Whiten": "kpipe.data.prepare.whiten:Whiten",
}
