//! Several modules of the splitter's as one.
//!
//! They are simple: all have the same types, all take the memory, the table and globals from the main part, call each other
//! through the table, and put their functions and data in places of their own.

use std::convert::Infallible;

use anyhow::{Context as _, Result, bail, ensure};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, DataSection, ElementSection, EntityType, FunctionSection, ImportSection, Module, RawSection,
    SectionId,
};
use wasmparser::{DataKind, Parser, Payload, TypeRef};

/// Without names and what else is for tools.
pub(super) fn merge(modules: &[&[u8]]) -> Result<Vec<u8>> {
    let mut merged = Merged::default();
    for module in modules {
        merged.add(module)?;
    }
    Ok(merged.finish())
}

#[derive(Default)]
struct Merged<'a> {
    types: Option<&'a [u8]>,
    /// Module and name of each import.
    imported: Vec<(&'a str, &'a str, TypeRef)>,
    imports: ImportSection,
    functions: FunctionSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
}

/// What a module's numbers are in the merged one.
struct Renumber {
    /// How many functions were there before.
    functions: u32,
    /// The new number of each global.
    globals: Vec<u32>,
}

impl Reencode for Renumber {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, reencode::Error> {
        Ok(self.functions + index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, reencode::Error> {
        Ok(self.globals[index as usize])
    }
}

impl<'a> Merged<'a> {
    fn add(&mut self, module: &'a [u8]) -> Result<()> {
        let mut renumber = Renumber { functions: self.functions.len(), globals: Vec::new() };
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    let range =
                        usize::try_from(section.range().start)?..usize::try_from(section.range().end)?;
                    let types = &module[range];
                    ensure!(self.types.is_none_or(|known| known == types), "its types are others");
                    self.types = Some(types);
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let number = self.import(import.module, import.name, import.ty)?;
                        if matches!(import.ty, TypeRef::Global(_)) {
                            renumber.globals.push(number);
                        } else {
                            ensure!(number == 0, "it imports a second memory or table");
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    renumber.parse_function_section(&mut self.functions, section)?;
                }
                Payload::ElementSection(section) => {
                    renumber.parse_element_section(&mut self.elements, section)?;
                }
                Payload::CodeSectionEntry(body) => renumber.parse_function_body(&mut self.code, body)?,
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data?;
                        ensure!(matches!(data.kind, DataKind::Active { .. }), "it has data without a place");
                        // The splitter keeps a segment's number where it keeps nothing else of it.
                        if !data.data.is_empty() {
                            renumber.parse_data(&mut self.data, data)?;
                        }
                    }
                }
                Payload::Version { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::DataCountSection { .. }
                | Payload::CustomSection(_)
                | Payload::End(_) => {}
                other => {
                    // An empty section says nothing.
                    let (id, range) = other.as_section().context("it is not a module")?;
                    ensure!(range.end - range.start <= 1, "it has a section of the kind {id}");
                }
            }
        }
        Ok(())
    }

    /// The number of what is imported, among what is of its kind.
    fn import(&mut self, module: &'a str, name: &'a str, kind: TypeRef) -> Result<u32> {
        if !matches!(kind, TypeRef::Global(_) | TypeRef::Memory(_) | TypeRef::Table(_)) {
            bail!("it imports {module}.{name}, which is neither a global nor the memory nor the table");
        }
        let alike = |known: &TypeRef| std::mem::discriminant(known) == std::mem::discriminant(&kind);
        let alike: Vec<_> = self.imported.iter().filter(|(_, _, known)| alike(known)).collect();
        if let Some(number) = alike.iter().position(|(of, called, _)| (*of, *called) == (module, name)) {
            return Ok(u32::try_from(number)?);
        }
        let number = u32::try_from(alike.len())?;
        self.imports.import(module, name, EntityType::try_from(kind)?);
        self.imported.push((module, name, kind));
        Ok(number)
    }

    fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        if let Some(types) = self.types {
            module.section(&RawSection { id: SectionId::Type.into(), data: types });
        }
        module.section(&self.imports);
        module.section(&self.functions);
        module.section(&self.elements);
        module.section(&self.code);
        module.section(&self.data);
        module.finish()
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        ConstExpr, CustomSection, Elements, Function, GlobalType, MemoryType, TableType, TypeSection, ValType,
    };
    use wasmparser::Operator;

    use super::*;

    /// A module with two functions: the first calls the second, which reads the last of these globals. The first is at
    /// this place in the table, and the module has this data.
    fn module(globals: &[&str], place: i32, text: &str) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], [ValType::I32]);
        let mut imports = ImportSection::new();
        let memory =
            MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
        imports.import("main", "memory", memory);
        for name in globals {
            let kind = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
            imports.import("main", name, kind);
        }
        let table = TableType {
            element_type: wasm_encoder::RefType::FUNCREF,
            minimum: 100,
            maximum: None,
            table64: false,
            shared: false,
        };
        imports.import("main", "table", table);
        let mut functions = FunctionSection::new();
        functions.function(0).function(0);
        let mut elements = ElementSection::new();
        elements.active(Some(0), &ConstExpr::i32_const(place), Elements::Functions([0].as_slice().into()));
        let (mut calls, mut reads) = (Function::new([]), Function::new([]));
        calls.instructions().call(1).end();
        reads.instructions().global_get(u32::try_from(globals.len()).unwrap() - 1).end();
        let mut code = CodeSection::new();
        code.function(&calls).function(&reads);
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), []);
        data.active(0, &ConstExpr::i32_const(place * 64), text.bytes());
        let name = CustomSection { name: "name".into(), data: [1; 500].as_slice().into() };
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&elements);
        module.section(&code).section(&data).section(&name);
        module.finish()
    }

    #[test]
    fn merged_modules_call_and_read_what_they_did() {
        let (one, other) = (module(&["stack", "base"], 3, "one"), module(&["base", "stack"], 7, "other"));
        let merged = merge(&[&one, &other]).unwrap();
        let (mut imports, mut elements, mut calls, mut reads, mut texts) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(&merged) {
            match payload.unwrap() {
                Payload::ImportSection(section) => {
                    imports.extend(section.into_imports().map(|import| import.unwrap().name.to_owned()));
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        let wasmparser::ElementItems::Functions(functions) = element.unwrap().items else {
                            panic!("other elements than functions");
                        };
                        elements.extend(functions.into_iter().map(Result::unwrap));
                    }
                }
                Payload::CodeSectionEntry(body) => match body.get_operators_reader().unwrap().read().unwrap()
                {
                    Operator::Call { function_index } => calls.push(function_index),
                    Operator::GlobalGet { global_index } => reads.push(global_index),
                    other => panic!("{other:?}"),
                },
                Payload::DataSection(section) => {
                    texts.extend(section.into_iter().map(|data| data.unwrap().data.to_vec()));
                }
                Payload::CustomSection(section) => panic!("{} is left", section.name()),
                _ => {}
            }
        }
        assert_eq!(imports, ["memory", "stack", "base", "table"]);
        assert_eq!(elements, [0, 2]);
        assert_eq!(calls, [1, 3]);
        assert_eq!(reads, [1, 0]);
        assert_eq!(texts, [b"one".to_vec(), b"other".to_vec()]);
    }

    #[test]
    fn a_module_that_is_not_the_splitters_is_refused() {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("main", "call", EntityType::Function(0));
        let mut module = Module::new();
        module.section(&types).section(&imports);
        let refused = merge(&[&module.finish()]).unwrap_err().to_string();
        assert!(refused.contains("main.call"), "{refused}");
    }
}
